BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $source = New-SampleModel

    Add-IHHost local
    Add-IHModel first -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel broken -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand '--crash-after 0.3 --load-time 60 --crash-message out-of-luck') -ProbeIntervalMs 100 -ProbeTimeoutSec 60
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'Get-IHLog' {
    It 'says what to do where there is no log' {
        Get-IHLog -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'LogNotFound,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Select-IHModel'
    }

    It 'shows why a start failed' {
        $null = Select-IHModel broken -ErrorAction SilentlyContinue
        Get-IHLog | Should -Contain 'out-of-luck'
        Get-IHLog broken | Select-String out-of-luck | Should -Not -BeNullOrEmpty
    }

    It 'shows what was launched, and what its server says' {
        $null = Select-IHModel first
        $lines = Get-IHLog
        $lines | Should -BeOfType string
        $lines[0] | Should -Match '^# idlehands launch first-.*: model first on host local, backend none, started '
        $lines[1] | Should -Match '^# command: '
        Get-IHLog -Tail 2 | Should -Be $lines[-2..-1]
        Get-IHRuntime | Get-IHLog -Tail 1 | Should -Be $lines[-1]
        Get-IHLog -LaunchId (Get-IHRuntime).LaunchId -Tail 1 | Should -Be $lines[-1]
    }

    It 'follows until the server ends' {
        $job = Start-ThreadJob { Import-Module IdleHands; Get-IHLog -Wait }
        $deadline = [DateTime]::UtcNow.AddSeconds(30)
        while (-not $job.Output.Count -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 50 }
        $path = (Get-IHRuntime).LogPath
        Stop-IHRuntime
        $lines = $job | Wait-Job -Timeout 30 | Receive-Job
        $job.State | Should -Be 'Completed'
        $job | Remove-Job -Force
        $lines | Should -Be (Get-Content -LiteralPath $path)
    }

    It 'gives one line to who wants one' {
        @(Get-IHLog first | Select-Object -First 1).Count | Should -Be 1
    }

    It 'refuses what is no id of a launch' {
        { Get-IHLog -LaunchId '../secret' -ErrorAction Stop } | Should -Throw -ErrorId 'LaunchIdInvalid,*'
    }
}
