BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $source = New-SampleModel
    Add-IHHost local
    Add-IHModel good -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand '--load-time 0.2') -ProbeIntervalMs 100 -ProbeTimeoutSec 60
    Add-IHModel broken -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand '--crash-after 0.3 --load-time 60') -ProbeIntervalMs 100 -ProbeTimeoutSec 60 -Fallback good
}

AfterAll {
    Stop-IHRuntime -Force -ErrorAction Ignore -WarningAction SilentlyContinue
    Exit-TestHome
}

Describe 'A model that does not start' {
    It 'gives way to what ran before' {
        (Select-IHModel good).Status | Should -Be 'Started'
        $result = Select-IHModel broken -ErrorAction SilentlyContinue -ErrorVariable problems -WarningAction SilentlyContinue
        $result.Status | Should -Be 'Restored'
        $result.ActiveId | Should -Be 'good'
        $problems[-1].FullyQualifiedErrorId | Should -BeLike 'StartFailed,*'
        (Get-IHRuntime -Verify).Status | Should -Be 'ready'
    }

    It 'gives way to its fallback where that is asked' {
        Stop-IHRuntime
        $result = Select-IHModel broken -OnFailure Fallback -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $result.Status | Should -Be 'FellBack'
        (Get-IHRuntime).Id | Should -Be 'good'
    }
}

Describe 'Get-IHHistory' {
    It 'tells what was done, oldest first' {
        $history = Get-IHHistory
        $history | Should -BeOfType IdleHands.HistoryEntry
        $history.Status | Should -Be @('Started', 'Restored', 'Stopped', 'FellBack')
        $history[0].StartedAt | Should -BeLessOrEqual $history[-1].StartedAt
    }

    It 'is narrowed down by model and number' {
        (Get-IHHistory broken).Count | Should -Be 2
        (Get-IHHistory b* -Last 1).Status | Should -Be 'FellBack'
        Get-IHHistory nobody* | Should -BeNullOrEmpty
    }

    It 'gives an error for a model it does not tell of' {
        Get-IHHistory nobody -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'HistoryNotFound,*'
    }

    It 'shows in a table and a list, and survives JSON' {
        Get-IHHistory | Format-Table | Out-String -Width 200 | Should -Match 'Restored'
        Get-IHHistory -Last 1 | Format-List | Out-String -Width 300 | Should -Match 'FellBack'
        $again = Get-IHHistory -Last 1 | ConvertTo-Json -Depth 5 | ConvertFrom-Json
        $again.Status | Should -Be 'FellBack'
    }

    It 'gives the next plan an estimate' {
        Stop-IHRuntime
        (Select-IHModel good -DryRun).EstimatedDuration | Should -BeOfType timespan
    }
}
