BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
}

AfterAll { Exit-TestHome }

Describe 'Backends' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost local
        Add-IHBackend cuda -Type cuda -Environment ([ordered] @{ CUDA_VISIBLE_DEVICES = '0,1'; GGML_LOG = 'a b' }) -Argument '-ngl', '99'
        Add-IHBackend vulkan -Type vulkan -HostFilter local
    }

    It 'keep environment and arguments' {
        $cuda = Get-IHBackend cuda
        $cuda.Environment['CUDA_VISIBLE_DEVICES'] | Should -Be '0,1'
        $cuda.Environment['GGML_LOG'] | Should -Be 'a b'
        $cuda.Argument | Should -Be '-ngl', '99'
        $cuda.HostFilter | Should -Be 'any'
        (Get-IHBackend vulkan).HostFilter | Should -Be 'local'
    }

    It 'are changed, disabled and removed through the pipeline' {
        Get-IHBackend cuda | Set-IHBackend -VerifyCommand 'exit 0'
        (Get-IHBackend cuda).VerifyCommand | Should -Be 'exit 0'
        (Get-IHBackend cuda).Argument | Should -Be '-ngl', '99'
        Get-IHBackend | Disable-IHBackend
        Get-IHBackend | Where-Object Enabled | Should -BeNullOrEmpty
        Get-IHBackend vulkan | Remove-IHBackend -Confirm:$false
        (Get-IHBackend).Id | Should -Be 'cuda'
    }

    It 'lose their environment when it is set to $null' {
        Set-IHBackend cuda -Environment $null
        @((Get-IHBackend cuda).Environment).Where({ $_ }).Count | Should -Be 0
    }

    It 'with a filter that names no host are refused' {
        $before = Get-ConfigurationText
        { Add-IHBackend rocm -Type rocm -HostFilter nowhere -ErrorAction Stop } | Should -Throw -ExpectedMessage '*nowhere*'
        Get-ConfigurationText | Should -Be $before
    }

    It 'with a type that does not exist are refused by the parameter' {
        { Add-IHBackend x -Type magic -ErrorAction Stop } | Should -Throw -ExpectedMessage '*magic*'
    }

    It 'are left alone by -WhatIf' {
        $before = Get-ConfigurationText
        Add-IHBackend more -Type cpu -WhatIf
        Get-IHBackend | Set-IHBackend -DisplayName x -WhatIf
        Remove-IHBackend * -WhatIf
        Get-ConfigurationText | Should -Be $before
    }

    It 'become JSON and tables' {
        $json = Get-IHBackend | ConvertTo-Json -Depth 5 | ConvertFrom-Json
        $json[0].Id | Should -Be 'cuda'
        $json[0].Environment.GGML_LOG | Should -Be 'a b'
        Get-IHBackend | Format-Table | Out-String -Width 200 | Should -Match 'vulkan'
        (Get-IHBackend | Group-Object Type).Name | Sort-Object | Should -Be 'cuda', 'vulkan'
    }

    It 'complete their ids and types' {
        $complete = { param($line) (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText }
        & $complete 'Get-IHBackend v' | Should -Be 'vulkan'
        & $complete 'Add-IHBackend x -Type c' | Should -Be 'cuda', 'cpu', 'custom'
        & $complete 'Add-IHBackend x -Type cpu -HostFilter l' | Should -Be 'local'
    }
}

Describe 'Test-IHBackend' {
    It 'runs the verify command on each host that the backend may run on' {
        Clear-Configuration
        Add-IHHost one
        Add-IHHost two
        Add-IHBackend good -Type cpu -VerifyCommand 'echo verified'
        Add-IHBackend bad -Type cpu -VerifyCommand 'exit 4' -HostFilter two

        $good = Test-IHBackend good
        $good.HostId | Sort-Object | Should -Be 'one', 'two'
        $good.Success | Should -Be $true, $true

        $bad = Test-IHBackend bad
        $bad.HostId | Should -Be 'two'
        $bad.Success | Should -BeFalse
        $bad.ExitCode | Should -Be 4
        @(Test-IHBackend good -HostId one).Count | Should -Be 1
    }
}
