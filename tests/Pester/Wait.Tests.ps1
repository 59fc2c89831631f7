BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $source = New-SampleModel

    Add-IHHost local
    Add-IHModel first -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand '--load-time 1') -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel second -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'Wait-IHModel' {
    It 'names what to do where no model is active' {
        { Wait-IHModel -ErrorAction Stop } | Should -Throw -ErrorId 'NoActiveModel,*'
    }

    It 'follows a select of another session' {
        $job = Start-ThreadJob { Import-Module IdleHands; Wait-IHModel first }
        $null = Select-IHModel first
        $row = $job | Wait-Job -Timeout 60 | Receive-Job
        $job | Remove-Job -Force
        $row | Should -BeOfType IdleHands.HealthResult
        $row.Id | Should -Be 'first'
        $row.Status | Should -Be 'ready'
    }

    It 'takes the active model, and models from the pipeline' {
        (Wait-IHModel).Id | Should -Be 'first'
        $rows = Get-IHModel second | Wait-IHModel -Status down
        $rows.Id | Should -Be 'second'
        $rows.Status | Should -Be 'down'
    }

    It 'ends at its limit and says what it saw' {
        Wait-IHModel second -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'WaitTimeout,*'
        $problems[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $problems[0].Exception.Message | Should -Match 'Last seen: down'
    }

    It 'does not wait for a launch that is gone' {
        $launched = Get-Process -Id (Get-IHRuntime).ProcessId
        $launched.Kill($true)
        $launched.WaitForExit()
        $watch = [Diagnostics.Stopwatch]::StartNew()
        Wait-IHModel first -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ModelExited,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Get-IHLog|Select-IHModel'
    }
}
