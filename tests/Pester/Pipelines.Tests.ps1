BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $port = Get-FreePort
    Add-IHHost local -CheckCommand 'exit 0'
    Add-IHBackend cpu -Type cpu -VerifyCommand 'exit 0'
    Add-IHModel first -Source (New-SampleModel) -Port $port -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    $result = Select-IHModel first
    $plan = Select-IHModel first -DryRun

    # One of each type, as its cmdlet gives it.
    $outputs = [ordered]@{
        RuntimeHost        = Get-IHHost
        RuntimeBackend     = Get-IHBackend
        RuntimeModel       = Get-IHModel
        RuntimePlan        = $plan
        PlanStep           = $plan.Steps[0]
        SelectResult       = $result
        StepOutcome        = $result.Steps[0]
        ActiveRuntime      = Get-IHRuntime
        HistoryEntry       = Get-IHHistory -Last 1
        HealthResult       = (Test-IHHealth -Id first)[0]
        HostTestResult     = Test-IHHost
        BackendTestResult  = Test-IHBackend
        EndpointResolution = Resolve-IHEndpoint
        GgufFile           = Get-IHModelFile (New-SampleModel)
        MemoryEstimate     = (Get-IHModelFile (New-SampleModel)).Memory
        ResolvedModel      = Get-IHModel -Resolve
    }
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'An object of type <_>' -ForEach 'RuntimeHost', 'RuntimeBackend', 'RuntimeModel', 'RuntimePlan', 'PlanStep', 'SelectResult', 'StepOutcome', 'ActiveRuntime', 'HistoryEntry', 'HealthResult', 'HostTestResult', 'BackendTestResult', 'EndpointResolution', 'GgufFile', 'MemoryEstimate', 'ResolvedModel' {
    BeforeAll {
        $type = $_
        $object = $outputs[$type]
        $names = $object.PSObject.Properties.Name
    }

    It 'is of that type' {
        $object.GetType().Name | Should -Be $type
    }

    It 'goes through JSON with all its properties' {
        $back = $object | ConvertTo-Json -Depth 6 -WarningAction Stop | ConvertFrom-Json
        $back.PSObject.Properties.Name | Sort-Object | Should -Be ($names | Sort-Object)
        foreach ($name in $names | Where-Object { $object.$_ -is [string] -or $object.$_ -is [int] -or $object.$_ -is [bool] }) {
            $back.$name | Should -Be $object.$name -Because $name
        }
    }

    It 'goes through CLIXML as a bag of the same properties' {
        $file = Join-Path $testHome 'object.xml'
        $object | Export-Clixml -LiteralPath $file -Depth 4
        $back = Import-Clixml -LiteralPath $file
        $back.PSObject.TypeNames[0] | Should -Be "Deserialized.$($object.GetType().FullName)"
        foreach ($name in $names | Where-Object { $object.$_ -is [string] -or $object.$_ -is [int] -or $object.$_ -is [bool] -or $object.$_ -is [timespan] -or $object.$_ -is [datetime] }) {
            $back.$name | Should -Be $object.$name -Because $name
        }
    }

    It 'has a list with all its properties' {
        $list = $object | Format-List * | Out-String -Width 200
        foreach ($name in $names) { $list | Should -Match "(?m)^$name\s*:" }
    }
}

Describe 'A CSV file' {
    It 'says what each cell is for <_>' -ForEach 'RuntimeHost', 'RuntimeBackend', 'RuntimeModel', 'SelectResult', 'ActiveRuntime', 'HistoryEntry', 'HealthResult', 'HostTestResult', 'BackendTestResult', 'EndpointResolution' {
        $lines = $outputs[$_] | ConvertTo-Csv
        $lines.Count | Should -Be 2
        $lines[1] | Should -Not -Match '"(System|IdleHands)\.'
    }
}

Describe 'Errors' {
    It 'of <_> are counted and can end the script' -ForEach 'Get-IHHost nobody', 'Get-IHBackend nobody', 'Get-IHModel nobody', 'Select-IHModel nobody', 'Set-IHModel nobody -Port 1', 'Test-IHHost nobody', 'Wait-IHModel nobody', 'Get-IHLog nobody', 'Get-IHModelFile ./nothing.gguf' {
        $problems = $null
        Invoke-Expression "$_ -ErrorAction SilentlyContinue -ErrorVariable problems" | Should -BeNullOrEmpty
        $problems.Count | Should -Be 1
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $problems[0].Exception.Message | Should -Match 'nobody|nothing'
        { Invoke-Expression "$_ -ErrorAction Stop" } | Should -Throw -ErrorId $problems[0].FullyQualifiedErrorId
    }
}

Describe 'Jobs' {
    It 'give the rows of Test-IHHealth in a thread' {
        $rows = Start-ThreadJob { Import-Module IdleHands; Test-IHHealth } | Receive-Job -Wait -AutoRemoveJob
        ($rows | Where-Object { $_.Section -eq 'Model' -and $_.Status -eq 'ready' }).Id | Should -Contain 'first'
    }

    It 'give bags of readable properties from another process' {
        $rows = Start-Job { Import-Module IdleHands; Test-IHHealth; Get-IHRuntime } | Receive-Job -Wait -AutoRemoveJob
        $runtime = $rows | Where-Object { $_.PSObject.TypeNames -contains 'Deserialized.IdleHands.ActiveRuntime' }
        $runtime.Id | Should -Be 'first'
        $runtime.StartedAt | Should -BeOfType datetime
        $runtime.Uptime | Should -BeOfType timespan
        ($rows | Where-Object Status -EQ ready).Count | Should -BeGreaterThan 1
    }
}
