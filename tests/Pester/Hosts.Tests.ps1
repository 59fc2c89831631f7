BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
}

AfterAll { Exit-TestHome }

Describe 'Hosts' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost local
        Add-IHHost alpha -Transport ssh -HostName alpha.example -UserName ada -Port 2222 -Gpu 'RTX 4090', 'RTX 3090' -VramGB 48
        Add-IHHost beta -Transport ssh -HostName beta.example -Password env:BETA_PASSWORD
    }

    It 'need no more than an id' {
        $added = Get-IHHost local
        $added.DisplayName | Should -Be 'local'
        $added.Transport | Should -Be 'local'
        $added.Enabled | Should -BeTrue
        $added | Should -BeOfType IdleHands.RuntimeHost
    }

    It 'are silent when added, unless -PassThru asks for them' {
        Add-IHHost one | Should -BeNullOrEmpty
        (Add-IHHost two -PassThru).Id | Should -Be 'two'
    }

    It 'are found by wildcards, and a wildcard without match is silent' {
        (Get-IHHost *a).Id | Should -Be 'alpha', 'beta'
        Get-IHHost zeta* -ErrorVariable problems | Should -BeNullOrEmpty
        $problems | Should -BeNullOrEmpty
    }

    It 'that are not there are an error of their own; the others are still given' {
        $found = Get-IHHost alpha, nobody, beta -ErrorAction SilentlyContinue -ErrorVariable problems
        $found.Id | Should -Be 'alpha', 'beta'
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'HostNotFound,*'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $problems[0].TargetObject | Should -Be 'nobody'
        $problems[0].Exception.Message | Should -Match 'nobody'
    }

    It 'stop the script with -ErrorAction Stop' {
        { Get-IHHost nobody -ErrorAction Stop } | Should -Throw -ErrorId 'HostNotFound,*'
    }

    It 'can not be added twice' {
        { Add-IHHost alpha -ErrorAction Stop } | Should -Throw -ExpectedMessage '*alpha*'
        (Get-IHHost alpha).HostName | Should -Be 'alpha.example'
    }

    It 'with a bad id are refused and nothing is written' {
        $before = Get-ConfigurationText
        { Add-IHHost 'Not Good' -ErrorAction Stop } | Should -Throw
        Get-ConfigurationText | Should -Be $before
    }

    It 'are changed through the pipeline, one value alone' {
        Get-IHHost alpha | Set-IHHost -Port 22
        $changed = Get-IHHost alpha
        $changed.Port | Should -Be 22
        $changed.HostName | Should -Be 'alpha.example'
        $changed.UserName | Should -Be 'ada'
        $changed.Gpu | Should -Be 'RTX 4090', 'RTX 3090'
    }

    It 'lose a value that is set to $null' {
        Set-IHHost alpha -UserName $null
        (Get-IHHost alpha).UserName | Should -BeNullOrEmpty
    }

    It 'keep how patiently a model is stopped there' {
        Set-IHHost alpha -DrainSec 0 -StopGraceSec 20
        $changed = Get-IHHost alpha
        $changed.DrainSec | Should -Be 0
        $changed.StopGraceSec | Should -Be 20
        { Set-IHHost alpha -StopGraceSec 0 -ErrorAction Stop } | Should -Throw -ExpectedMessage '*stop_grace_sec*'
        Set-IHHost alpha -DrainSec $null
        (Get-IHHost alpha).DrainSec | Should -BeNullOrEmpty
    }

    It 'are copied through the pipeline without loss' {
        Get-IHHost alpha | Add-IHHost -Id gamma
        $copy = Get-IHHost gamma
        $copy.HostName | Should -Be 'alpha.example'
        $copy.VramGB | Should -Be 48
    }

    It 'show a secret as its reference only' {
        $shown = Get-IHHost beta | Format-List * | Out-String
        $shown | Should -Match 'env:BETA_PASSWORD'
        (Get-IHHost beta).Password.ToString() | Should -Be 'env:BETA_PASSWORD'
    }

    It 'are disabled and enabled' {
        Get-IHHost *a | Disable-IHHost
        (Get-IHHost | Where-Object Enabled).Id | Should -Be 'local'
        (Enable-IHHost alpha -PassThru).Enabled | Should -BeTrue
    }

    It 'are removed without a question by -Confirm:$false' {
        Remove-IHHost alpha -Confirm:$false
        (Get-IHHost).Id | Should -Be 'local', 'beta'
    }

    It 'that something refers to are removed with -RemoveReferences only' {
        Add-IHModel m -Source /models/m.gguf -StartCommand 'srv {source}' -HostPolicy alpha, beta
        { Remove-IHHost alpha -Confirm:$false -ErrorAction Stop } | Should -Throw -ExpectedMessage '*m*'
        Remove-IHHost alpha -RemoveReferences -Confirm:$false
        (Get-IHModel m).HostPolicy | Should -Be 'beta'
    }

    It 'are left alone by -WhatIf' {
        $before = Get-ConfigurationText
        Add-IHHost more -WhatIf
        Set-IHHost * -DisplayName other -WhatIf
        Disable-IHHost * -WhatIf
        Remove-IHHost * -WhatIf
        Get-ConfigurationText | Should -Be $before
    }

    It 'are not what Remove-IHModel takes' {
        { Get-IHHost | Remove-IHModel -Confirm:$false -ErrorAction Stop } | Should -Throw
        @(Get-IHHost).Count | Should -Be 3
    }

    It 'work with Sort-Object, Group-Object and Select-Object' {
        (Get-IHHost | Sort-Object Id).Id | Should -Be 'alpha', 'beta', 'local'
        $groups = Get-IHHost | Group-Object Transport -AsHashTable
        @($groups['ssh']).Count | Should -Be 2
        (Get-IHHost | Select-Object Id, Transport -First 1).PSObject.Properties.Name | Should -Be 'Id', 'Transport'
    }

    It 'work with Format-Table, Format-List and Format-Wide' {
        Get-IHHost | Format-Table | Out-String -Width 200 | Should -Match '(?m)^\s*alpha\b'
        Get-IHHost alpha | Format-List | Out-String | Should -Match 'alpha\.example'
        Get-IHHost | Format-Wide | Out-String | Should -Match 'alpha'
    }

    It 'complete their ids and closed sets' {
        $complete = { param($line) (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText }
        & $complete 'Get-IHHost ' | Should -Be 'local', 'alpha', 'beta'
        & $complete 'Remove-IHHost al' | Should -Be 'alpha'
        & $complete 'Add-IHHost x -Transport ' | Should -Be 'local', 'ssh', 'exec'
        & $complete 'Add-IHHost x -Shell ' | Should -Be 'bash', 'sh', 'pwsh', 'cmd'
    }
}

Describe 'Test-IHHost' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost well -CheckCommand 'echo fine'
        Add-IHHost ill -CheckCommand 'exit 3'
        Add-IHHost unchecked
    }

    It 'tells how the check command ended' {
        $results = Test-IHHost
        ($results | Where-Object Success).HostId | Sort-Object | Should -Be 'unchecked', 'well'
        $ill = $results | Where-Object { -not $_.Success }
        $ill.HostId | Should -Be 'ill'
        $ill.ExitCode | Should -Be 3
        ($results | Where-Object HostId -EQ well).Output | Should -Match 'fine'
        ($results | Where-Object HostId -EQ well).Duration | Should -BeOfType timespan
    }

    It 'gives a bool with -Quiet' {
        Test-IHHost well -Quiet | Should -BeTrue
        Test-IHHost ill -Quiet | Should -BeFalse
        Test-IHHost well -Quiet | Should -BeOfType bool
    }

    It 'ends a check at its limit' {
        Set-IHHost well -CheckCommand ($IsWindows ? 'Start-Sleep 60' : 'sleep 60') -CheckTimeoutSec 1
        $result = Test-IHHost well
        $result.Success | Should -BeFalse
        $result.Duration.TotalSeconds | Should -BeLessThan 30
    }
}
