BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome

    # The stand-in takes the place of a module of that name that may be installed, and of one that is loaded.
    Remove-Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore
    $modules = Join-Path $testHome modules
    $standIn = Join-Path $modules Microsoft.PowerShell.SecretManagement
    $null = New-Item -ItemType Directory -Path $standIn
    Copy-Item -Path (Join-Path $repositoryRoot tests Shared Vaults 'Microsoft.PowerShell.SecretManagement.*') -Destination $standIn
    Set-Content -Path (Join-Path $standIn vaults.ps1) -Value @'
$vaults = [ordered] @{ mine = @{ key = 'pester-planted-secret' }; locked = @{} }
$behaviours = @{ locked = 'locked' }
'@
    $env:PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath

    # What prints a variable of the environment, and fails, in the shell that a local host has by default.
    $print = $IsWindows ? '{backend_env}[Console]::Error.WriteLine($env:KEY); exit 3' : '{backend_env}printenv KEY >&2; exit 3'
}

AfterAll {
    Remove-Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore
    Exit-TestHome
}

Describe 'A secret of a vault' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost local
    }

    It 'reaches the command, and is masked in what it prints' {
        Add-IHBackend keyed -Type cpu -Environment @{ KEY = 'secret://mine/key' } -VerifyCommand $print
        $result = Test-IHBackend keyed
        $result.Success | Should -BeFalse
        $result.ExitCode | Should -Be 3
        $result.Error | Should -Match '\*\*\*'
        $result | Format-List * | Out-String | Should -Not -Match 'planted'
    }

    It 'that is not there is told with the command that keeps it' {
        Add-IHBackend keyed -Type cpu -Environment @{ KEY = 'secret://mine/none' } -VerifyCommand $print
        (Test-IHBackend keyed).Error | Should -Match "vault 'mine' has no secret 'none'"
    }

    It 'stops a select before anything is started when its vault is locked' {
        Add-IHBackend keyed -Type cpu -Environment @{ KEY = 'secret://locked/key' } -VerifyCommand $print
        Add-IHModel m -Source (New-SampleModel) -Port (Get-FreePort) -StartCommand (Get-StartCommand) -BackendPolicy keyed
        $result = Select-IHModel m -ErrorAction SilentlyContinue -ErrorVariable problems
        $result.Status | Should -Be 'Failed'
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'SecretUnavailable,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -Match 'Unlock-SecretStore'
        Get-IHRuntime | Should -BeNullOrEmpty
    }

    It 'is in no plan' {
        Add-IHBackend keyed -Type cpu -Environment @{ KEY = 'secret://mine/key' } -VerifyCommand $print
        Add-IHModel m -Source (New-SampleModel) -Port (Get-FreePort) -StartCommand ('{backend_env}' + (Get-StartCommand)) -BackendPolicy keyed
        Select-IHModel m -DryRun | ConvertTo-Json -Depth 6 | Should -Not -Match 'planted'
    }
}

Describe 'A password that is a SecureString' {
    BeforeEach { Clear-Configuration }

    It 'is kept in the default vault, and referred to' {
        $password = ConvertTo-SecureString 'pester-password' -AsPlainText -Force
        Add-IHHost gpu -Transport ssh -HostName gpu.example -Password $password
        (Get-IHHost gpu).Password.ToString() | Should -Be 'secret://idlehands-host-gpu-password'
        Get-Secret -Name idlehands-host-gpu-password -AsPlainText -WarningAction Ignore | Should -Be 'pester-password'
        Get-ConfigurationText | Should -Not -Match 'pester-password'
    }

    It 'is not kept under -WhatIf' {
        $password = ConvertTo-SecureString 'pester-password' -AsPlainText -Force
        Add-IHHost other -Password $password -WhatIf
        Get-Secret -Name idlehands-host-other-password -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }
}
