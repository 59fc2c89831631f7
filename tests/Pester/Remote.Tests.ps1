BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $source = New-SampleModel
    $remoteHome = Join-Path $testHome 'far away'
    $null = New-Item -ItemType Directory -Path $remoteHome

    # A prefix that leads to this machine, with another home and nothing else of the environment.
    if (-not $IsWindows) {
        Add-IHHost box -Transport exec -ExecPrefix env, -i, "HOME=$remoteHome", 'PATH=/usr/bin:/bin:/usr/sbin:/sbin'
        Add-IHHost gone -Transport ssh -HostName 127.0.0.1 -Port (Get-FreePort) -CheckTimeoutSec 20
        Add-IHModel first -HostPolicy box -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
        Add-IHModel lost -HostPolicy gone -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand)
    }
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore
    Exit-TestHome
}

Describe 'A host behind a command prefix' -Skip:$IsWindows {
    It 'is tested' {
        $check = Test-IHHost box -ThrottleLimit 4
        $check.HostId | Should -Be 'box'
        $check.Success | Should -BeTrue
    }

    It 'runs a model, whose log lies there' {
        $result = Select-IHModel first
        $result.Status | Should -Be 'Started'
        $result.HostId | Should -Be 'box'
        $result.LogPath | Should -BeLike "$remoteHome*"
        (Get-IHRuntime -Verify).Status | Should -Be 'ready'
        (Get-IHLog)[0] | Should -Match '^# idlehands launch first-.*: model first on host box'
    }

    It 'has no tunnel, and says what to do instead' {
        Select-IHModel first -Tunnel -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'TunnelNotAvailable,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'shows the log of a launch that is over' {
        $id = (Get-IHRuntime).LaunchId
        Stop-IHRuntime
        Get-IHRuntime | Should -BeNullOrEmpty
        (Get-IHLog first)[0] | Should -Match ([regex]::Escape($id))
        (Get-IHLog -LaunchId $id)[0] | Should -Match ([regex]::Escape($id))
    }
}

Describe 'A host that can not be reached' -Skip:($IsWindows -or -not (Get-Command ssh -ErrorAction Ignore)) {
    It 'is told by the plan, and is no error there' {
        $plan = Select-IHModel lost -DryRun -WarningAction SilentlyContinue
        "$($plan.Warnings)" | Should -Match "can't be reached"
    }

    It 'fails a select before anything is touched' {
        $result = Select-IHModel lost -ErrorAction SilentlyContinue -ErrorVariable problems
        $result.Status | Should -Be 'Failed'
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ConnectionRefused,*'
        $problems[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Set-IHHost gone -Port'
    }

    It 'is a row of its own beside the others' {
        $rows = Test-IHHealth | Where-Object Section -EQ Host
        ($rows | Where-Object HostId -EQ box).Status | Should -Be 'ready'
        ($rows | Where-Object HostId -EQ gone).Status | Should -Be 'down'
    }
}
