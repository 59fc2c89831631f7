BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $source = New-SampleModel
    $port = Get-FreePort
    $otherPort = Get-FreePort

    Add-IHHost local
    Add-IHModel first -Source $source -Port $port -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel second -Source $source -Port $otherPort -StartCommand (Get-StartCommand '--load-time 1') -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel broken -Source $source -Port $otherPort -StartCommand (Get-StartCommand '--crash-after 0.3 --load-time 60 --crash-message out-of-luck') -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel absent -Source (Join-Path $testHome nothing.gguf) -Port $otherPort -StartCommand (Get-StartCommand)
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'Select-IHModel -DryRun' {
    It 'gives a plan whose steps filter, and starts nothing' {
        $plan = Select-IHModel first -DryRun
        $plan | Should -BeOfType IdleHands.RuntimePlan
        $plan.HostId | Should -Be 'local'
        $plan.Reuse | Should -BeFalse
        ($plan.Steps | Where-Object Kind -EQ StartModel).Command | Should -Match "--port $port"
        $plan.Steps.Kind | Should -Contain 'CheckSource'
        $plan.Steps.Kind | Should -Contain 'ProbeHealth'
        $plan | Format-List | Out-String -Width 300 | Should -Match 'first'
        $plan.Steps | Format-Table | Out-String -Width 300 | Should -Match 'StartModel'
        Get-IHRuntime | Should -BeNullOrEmpty
    }

    It 'gives an error for a model that does not exist' {
        Select-IHModel nobody -DryRun -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ModelNotFound,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'IHModel'
    }
}

Describe 'A model on this machine' {
    It 'is not started by -WhatIf' {
        Select-IHModel first -WhatIf
        Get-IHRuntime | Should -BeNullOrEmpty
    }

    It 'is started, and answers' {
        $result = Select-IHModel first
        $result | Should -BeOfType IdleHands.SelectResult
        $result.Status | Should -Be 'Started'
        $result.Endpoint | Should -Be "http://127.0.0.1:$port/v1"
        $result.Duration | Should -BeOfType timespan
        ($result.Steps | Where-Object Status -NE ok) | Should -BeNullOrEmpty
        (Invoke-RestMethod "$($result.Endpoint)/models").data[0].id | Should -Be 'first'
    }

    It 'is what Get-IHRuntime tells' {
        $runtime = Get-IHRuntime -Verify
        $runtime.Id | Should -Be 'first'
        $runtime.Status | Should -Be 'ready'
        $runtime.ProcessId | Should -BeGreaterThan 0
        $runtime.LogPath | Should -Exist
        (Resolve-IHEndpoint).Endpoint | Should -Be $runtime.Endpoint
        $runtime | Format-Table | Out-String -Width 200 | Should -Match 'first'
    }

    It 'is used again' {
        $before = (Get-IHRuntime).ProcessId
        (Select-IHModel first).Status | Should -Be 'Reused'
        (Get-IHRuntime).ProcessId | Should -Be $before
    }

    It 'is started anew by -Restart' {
        $before = (Get-IHRuntime).ProcessId
        (Select-IHModel first -Restart).Status | Should -Be 'Started'
        (Get-IHRuntime).ProcessId | Should -Not -Be $before
    }

    It 'is left running when the next model can not be started: its file is missing' {
        $before = (Get-IHRuntime).ProcessId
        $result = Select-IHModel absent -ErrorAction SilentlyContinue -ErrorVariable problems
        $result.Status | Should -Be 'Failed'
        $problems.Count | Should -BeGreaterThan 0
        $problems[-1].Exception.Message | Should -Match 'nothing\.gguf'
        (Get-IHRuntime -Verify).Status | Should -Be 'ready'
        (Get-IHRuntime).ProcessId | Should -Be $before
    }

    It 'is left running when a stranger holds the port of the next' {
        $stranger = Start-StrangeServer $otherPort
        try {
            $result = Select-IHModel second -ErrorAction SilentlyContinue -ErrorVariable problems
            $result.Status | Should -Be 'Failed'
            $problems[-1].FullyQualifiedErrorId | Should -BeLike 'PortInUse,*'
            $problems[-1].Exception.Message | Should -Match "$($stranger.Id)"
            $stranger.HasExited | Should -BeFalse
            (Get-IHRuntime -Verify).Id | Should -Be 'first'
        }
        finally {
            $stranger.Kill()
            $stranger.WaitForExit()
        }
    }

    It 'gives way to another' {
        $result = Select-IHModel second
        $result.Status | Should -Be 'Started'
        (Get-IHRuntime).Id | Should -Be 'second'
        { Invoke-RestMethod "http://127.0.0.1:$port/v1/models" -TimeoutSec 5 } | Should -Throw
    }

    It 'that crashes while it loads fails at once, with the end of its log' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $result = Select-IHModel broken -OnFailure Stop -ErrorAction SilentlyContinue -ErrorVariable problems -WarningVariable said -WarningAction SilentlyContinue
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
        $result.Status | Should -Be 'Failed'
        $problems[-1].Exception.Message | Should -Match 'out-of-luck'
        "$said" | Should -Match 'Select-IHModel second' -Because 'that one was stopped for it'
        Get-IHRuntime -Verify | Where-Object Status -EQ ready | Should -BeNullOrEmpty
    }

    It 'is stopped, and stays stopped' {
        $null = Select-IHModel first
        Stop-IHRuntime
        Get-IHRuntime | Should -BeNullOrEmpty
        { Invoke-RestMethod "http://127.0.0.1:$port/v1/models" -TimeoutSec 5 } | Should -Throw
    }

    It 'is started by a plan, unless something has changed since' {
        $plan = Select-IHModel first -DryRun
        ($plan | Invoke-IHPlan).Status | Should -Be 'Started'
        Stop-IHRuntime
        $plan = Select-IHModel first -DryRun
        Set-IHModel first -ContextWindow 2048
        $null = $plan | Invoke-IHPlan -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems.Count | Should -BeGreaterThan 0
        Get-IHRuntime | Should -BeNullOrEmpty
    }

    It 'outlives the PowerShell that started it' {
        $shell = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $status = & $shell -NoLogo -NoProfile -NonInteractive -Command '(Select-IHModel first).Status'
        $status | Should -Be 'Started'
        (Get-IHRuntime -Verify).Status | Should -Be 'ready'
        (Select-IHModel first).Status | Should -Be 'Reused'
        Stop-IHRuntime
    }
}
