BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
}

AfterAll { Exit-TestHome }

Describe 'Models' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost local
        Add-IHBackend cpu -Type cpu
        Add-IHModel qwen-small -Source /models/qwen-small.gguf -StartCommand 'srv -m {source} --port {port}' -Port 8081
        Add-IHModel qwen-large -Source '/models/qwen large.gguf' -StartCommand 'srv -m {source} --port {port}' -Port 8082 -HostPolicy local -BackendPolicy cpu -ContextWindow 32768 -ThinkingMode think
        Add-IHModel phi -Source /models/phi.gguf -StartCommand 'srv -m {source} --port {port}' -Fallback qwen-small
    }

    It 'change their port and nothing else through the pipeline' {
        $before = Get-IHModel qwen-large
        Get-IHModel qwen-large | Set-IHModel -Port 9000
        $after = Get-IHModel qwen-large
        $after.Port | Should -Be 9000
        foreach ($property in ($before.PSObject.Properties.Name | Where-Object { $_ -ne 'Port' })) {
            "$($after.$property)" | Should -Be "$($before.$property)" -Because $property
        }
    }

    It 'are left alone by Get-IHModel q* | Set-IHModel -Port 9000 -WhatIf' {
        $before = Get-ConfigurationText
        Get-IHModel q* | Set-IHModel -Port 9000 -WhatIf
        Get-ConfigurationText | Should -Be $before
    }

    It 'are copied without loss' {
        Get-IHModel qwen-large | Add-IHModel -Id qwen-copy -Port 8090
        $copy = Get-IHModel qwen-copy
        $copy.Source | Should -Be '/models/qwen large.gguf'
        $copy.ThinkingMode | Should -Be 'think'
        $copy.ContextWindow | Should -Be 32768
        $copy.Port | Should -Be 8090
    }

    It 'are filled in by an engine' {
        Add-IHModel -Source qwen3:8b -Engine ollama -Id filled
        $model = Get-IHModel filled
        $model.StartCommand | Should -Match 'ollama serve'
        $model.ServedName | Should -Be 'qwen3:8b'
        $model.Port | Should -BeGreaterOrEqual 8080
    }

    It 'are made of a GGUF file alone, also from Get-ChildItem' {
        $file = New-SampleModel 'Tiny Model-Q4_K_M.gguf'
        Get-ChildItem $file | Add-IHModel
        $model = Get-IHModel tiny-model-q4-k-m
        $model.Source | Should -Be $file
        $model.StartCommand | Should -Match '^\{backend_env\}llama-server -m \{source\}'
    }

    It 'that no engine fits need a start command' {
        { Add-IHModel x -Source hf:owner/name -ErrorAction Stop } | Should -Throw -ExpectedMessage '*StartCommand*'
    }

    It 'tell with -Resolve where their files are' {
        $file = New-SampleModel
        Add-IHModel there -Source $file -StartCommand 'srv -m {source}'
        $found = Get-IHModel there, qwen-small -Resolve
        $found | Should -BeOfType IdleHands.ResolvedModel
        $found[0].Hosts[0].Exists | Should -BeTrue
        $found[1].Hosts[0].Exists | Should -BeFalse
        $found | Format-Table | Out-String -Width 120 | Should -Match 'local: there'
    }

    It 'with an unknown template variable are refused with the ones that exist' {
        { Add-IHModel x -Source /m.gguf -StartCommand 'srv {sauce}' -ErrorAction Stop } |
            Should -Throw -ExpectedMessage '*sauce*source*'
    }

    It 'with port <_> are refused' -ForEach 0, 70000, -1 {
        { Add-IHModel x -Source /m.gguf -StartCommand 'srv' -Port $_ -ErrorAction Stop } | Should -Throw
        Get-IHModel x* | Should -BeNullOrEmpty
    }

    It 'that another falls back to are removed with -RemoveReferences only' {
        { Remove-IHModel qwen-small -Confirm:$false -ErrorAction Stop } | Should -Throw -ExpectedMessage '*phi*'
        Remove-IHModel qwen-small -RemoveReferences -Confirm:$false
        (Get-IHModel phi).Fallback | Should -BeNullOrEmpty
    }

    It 'are streamed: Select-Object -First ends the pipeline' {
        (Get-IHModel | Select-Object -First 1).Id | Should -Be 'qwen-small'
    }

    It 'work with Sort-Object, Group-Object, Measure-Object and Where-Object' {
        (Get-IHModel | Sort-Object Id).Id | Should -Be 'phi', 'qwen-large', 'qwen-small'
        (Get-IHModel | Group-Object { "$($_.HostPolicy)" } | Where-Object Name -EQ any).Count | Should -Be 2
        (Get-IHModel | Where-Object Port -GT 8081).Id | Should -Be 'qwen-large'
        (Get-IHModel | Measure-Object).Count | Should -Be 3
    }

    It 'are shown as table, list and wide' {
        $table = Get-IHModel | Format-Table | Out-String -Width 200
        $table | Should -Match 'qwen-small'
        $table | Should -Match '8081'
        Get-IHModel qwen-large | Format-List | Out-String -Width 200 | Should -Match 'srv -m \{source\} --port \{port\}'
        Get-IHModel | Format-Wide | Out-String | Should -Match 'phi'
    }

    It 'become JSON with names, not types' {
        $json = Get-IHModel qwen-large | ConvertTo-Json -Depth 5 | ConvertFrom-Json
        $json.Id | Should -Be 'qwen-large'
        @($json.HostPolicy) | Should -Be 'local'
        $json.Port | Should -Be 8082
    }

    It 'go through a CSV file and back' {
        $csv = Join-Path $testHome models.csv
        Get-IHModel | Export-Csv -LiteralPath $csv
        [IO.File]::ReadAllText($csv) | Should -Not -Match 'System\.|IdleHands\.(NameList|IdPolicy)'
        Get-IHModel | Remove-IHModel -RemoveReferences -Confirm:$false
        Import-Csv -LiteralPath $csv | Select-Object Id, DisplayName, Source, StartCommand, Port | ForEach-Object {
            if (-not $_.Port) { $_.PSObject.Properties.Remove('Port') }
            $_
        } | Add-IHModel
        (Get-IHModel | Sort-Object Id).Id | Should -Be 'phi', 'qwen-large', 'qwen-small'
        (Get-IHModel qwen-large).Port | Should -Be 8082
        (Get-IHModel qwen-large).Source | Should -Be '/models/qwen large.gguf'
    }

    It 'go through Export-Clixml' {
        $file = Join-Path $testHome models.clixml
        Get-IHModel | Export-Clixml -LiteralPath $file
        $back = Import-Clixml -LiteralPath $file
        $back.Id | Should -Be 'qwen-small', 'qwen-large', 'phi'
        @($back[1].BackendPolicy) | Should -Be 'cpu'
    }

    It 'are read in a job of another process' {
        $job = Start-Job { Import-Module IdleHands; Get-IHModel q* }
        $received = $job | Wait-Job -Timeout 60 | Receive-Job
        $job | Remove-Job -Force
        $received.Id | Should -Be 'qwen-small', 'qwen-large'
    }

    It 'are read in thread jobs at once' {
        $jobs = 1..4 | ForEach-Object { Start-ThreadJob { Import-Module IdleHands; (Get-IHModel).Count } }
        $received = $jobs | Wait-Job -Timeout 60 | Receive-Job
        $jobs | Remove-Job -Force
        $received | Should -Be 3, 3, 3, 3
    }

    It 'are added by several threads at once without loss' {
        1..8 | ForEach-Object -Parallel {
            Import-Module IdleHands
            $worker = $_
            1..5 | ForEach-Object { Add-IHModel "w$worker-$_" -Source /m.gguf -StartCommand 'srv' }
        } -ThrottleLimit 8
        @(Get-IHModel w*).Count | Should -Be 40
        Test-IHConfiguration -Quiet | Should -BeTrue
    }

    It 'complete ids, policies and closed sets' {
        $complete = { param($line) (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText }
        & $complete 'Get-IHModel qwen-' | Should -Be 'qwen-small', 'qwen-large'
        & $complete 'Select-IHModel p' | Should -Be 'phi'
        & $complete 'Add-IHModel x -ThinkingMode ' | Should -Be 'default', 'think', 'no_think'
        & $complete 'Add-IHModel x -HostPolicy l' | Should -Be 'local'
        & $complete 'Add-IHModel x -BackendPolicy c' | Should -Be 'cpu'
    }
}
