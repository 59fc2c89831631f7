BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $runbooks = Join-Path $repositoryRoot docs runbooks
    $shell = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName

    Add-IHHost local
    Add-IHModel small -Source (New-SampleModel) -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel big -Source (New-SampleModel) -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60 -Fallback small
    Add-IHModel broken -Source (New-SampleModel) -Port (Get-FreePort) -Fallback small -ProbeIntervalMs 100 -ProbeTimeoutSec 60 -StartCommand (Get-StartCommand '--crash-after 0.2 --load-time 60')

    # As a scheduler runs it: a process of its own that nobody can answer a question of.
    function Invoke-Runbook([string] $Name, [string[]] $Arguments) {
        $output = & $shell -NoLogo -NoProfile -NonInteractive -File (Join-Path $runbooks $Name) @Arguments 2>&1 | Out-String
        [pscustomobject]@{ ExitCode = $LASTEXITCODE; Output = $output }
    }
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'The runbooks' {
    It 'are listed, and parse' {
        $listed = [regex]::Matches((Get-Content (Join-Path $runbooks README.md) -Raw), '\((\S+\.ps1)\)').ForEach({ $_.Groups[1].Value })
        $scripts = (Get-ChildItem $runbooks -Filter *.ps1).Name
        $listed | Sort-Object | Should -Be ($scripts | Sort-Object)
        foreach ($script in $scripts) {
            $syntaxErrors = $null
            $null = [Management.Automation.Language.Parser]::ParseFile((Join-Path $runbooks $script), [ref] $null, [ref] $syntaxErrors)
            $syntaxErrors | Should -BeNullOrEmpty -Because $script
        }
    }

    It 'switch for the night, and keep a line' {
        $log = Join-Path $testHome switch.csv
        (Invoke-Runbook Switch-Nightly.ps1 '-Id', 'big', '-LogPath', $log).ExitCode | Should -Be 0
        (Get-IHRuntime -Verify).Id | Should -Be 'big'
        (Import-Csv $log).Status | Should -Be 'Started'
    }

    It 'leave the fallback where the model does not start' {
        (Invoke-Runbook Switch-Nightly.ps1 '-Id', 'broken').ExitCode | Should -Be 1
        (Get-IHRuntime -Verify).Id | Should -Be 'small'
        (Invoke-Runbook Switch-Nightly.ps1 '-Id', 'nobody').ExitCode | Should -Be 1
        (Get-IHRuntime -Verify).Id | Should -Be 'small'
    }

    It 'leave alone what answers, and bring up what does not' {
        (Invoke-Runbook Restore-Fallback.ps1 '-Id', 'big').ExitCode | Should -Be 0
        (Get-IHRuntime).Id | Should -Be 'small'
        Stop-IHRuntime
        (Invoke-Runbook Restore-Fallback.ps1 '-Id', 'big').ExitCode | Should -Be 0
        (Get-IHRuntime -Verify).Status | Should -Be 'ready'
    }

    It 'write the health of the fleet' {
        $csv = Join-Path $testHome health.csv
        $null = Invoke-Runbook Export-FleetHealth.ps1 '-Path', $csv
        $null = Invoke-Runbook Export-FleetHealth.ps1 '-Path', $csv
        $rows = Import-Csv $csv
        ($rows | Where-Object Section -EQ Host).Count | Should -Be 2
        ($rows | Where-Object { $_.Section -eq 'Model' -and $_.Status -eq 'ready' }).Id | Should -Contain 'big'
    }

    It 'say nothing of a model that is ready, and tell of one that loads for too long' {
        (Invoke-Runbook Watch-Loading.ps1).Output.Trim() | Should -BeNullOrEmpty
        Add-IHModel slow -Source (New-SampleModel) -Port (Get-FreePort) -StartCommand (Get-StartCommand '--load-time 120') -ProbeIntervalMs 100 -ProbeTimeoutSec 120
        $job = Start-ThreadJob { Import-Module IdleHands; Select-IHModel slow }
        try {
            $deadline = (Get-Date).AddSeconds(30)
            while ((Get-IHRuntime -Verify).Status -ne 'loading' -or (Get-IHRuntime).Uptime.TotalSeconds -lt 2) {
                if ((Get-Date) -gt $deadline) { throw 'It does not load.' }
                Start-Sleep -Milliseconds 100
            }

            $told = Invoke-Runbook Watch-Loading.ps1 '-LimitSec', '1'
            $told.ExitCode | Should -Be 1
            $told.Output | Should -Match 'slow on local has been loading for'
            (Invoke-Runbook Watch-Loading.ps1 '-LimitSec', '600').ExitCode | Should -Be 0
        }
        finally {
            Stop-Job $job
            Remove-Job $job -Force
        }
    }

    It 'make the configuration what a directory says' {
        $fleet = New-Item -ItemType Directory (Join-Path $testHome fleet)
        Get-IHHost | Export-IHConfiguration (Join-Path $fleet hosts.yaml)
        Get-IHModel small | Set-IHModel -Port 8099 -PassThru | Export-IHConfiguration (Join-Path $fleet models.yaml)
        Set-IHModel small -Port 8098
        $shown = Invoke-Runbook Sync-Configuration.ps1 '-Path', $fleet.FullName, '-WhatIf'
        $shown.ExitCode | Should -Be 0
        (Get-IHModel small).Port | Should -Be 8098
        (Invoke-Runbook Sync-Configuration.ps1 '-Path', $fleet.FullName).ExitCode | Should -Be 0
        (Get-IHModel).Id | Should -Be 'small'
        (Get-IHModel small).Port | Should -Be 8099
        'models: [ 7 ]' | Set-Content (Join-Path $fleet broken.yaml)
        (Invoke-Runbook Sync-Configuration.ps1 '-Path', $fleet.FullName).ExitCode | Should -Be 1
        (Get-IHModel small).Port | Should -Be 8099
    }
}
