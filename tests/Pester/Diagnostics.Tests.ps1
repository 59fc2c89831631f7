BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
}

AfterAll {
    Exit-TestHome
}

Describe 'Get-IHDiagnostic' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost here -CheckCommand 'exit 0'
        Add-IHModel tiny -Source (New-SampleModel) -StartCommand (Get-StartCommand) -Port (Get-FreePort)
    }

    It 'says nothing where nothing is wrong' {
        Get-IHDiagnostic | Should -BeNullOrEmpty
        Get-IHDiagnostic -Quiet | Should -BeTrue
    }

    It 'finds files and programs that lack, with what mends it' {
        Set-IHModel tiny -Source (Join-Path $testHome gone.gguf) -StartCommand 'no-such-server {port}'
        $findings = Get-IHDiagnostic | Sort-Object RuleId
        $findings | Should -BeOfType IdleHands.DiagnosticFinding
        $findings.RuleId | Should -Be 'ModelFileMissing', 'ProgramMissing'
        $findings.Severity | Should -Be 'Error', 'Error'
        $findings.Id | Should -Be 'tiny', 'tiny'
        $findings[1].Recommendation | Should -Match 'Set-IHModel tiny -StartCommand'
        Get-IHDiagnostic -Quiet | Should -BeFalse
    }

    It 'finds who has the port of a model' {
        $port = Get-FreePort
        $server = Start-StrangeServer $port '--alias', 'other'
        try {
            Set-IHModel tiny -Port $port
            $finding = Get-IHDiagnostic -RuleId PortHeld
            $finding.Message | Should -Match "Port $port .* which serves other"
        }
        finally {
            $server.Kill()
            $server.WaitForExit()
        }
    }

    It 'finds a stop command that ends servers of others' {
        Set-IHHost here -StopCommand 'pkill -f llama-server || true'
        (Get-IHDiagnostic -RuleId Stop*).RuleId | Should -Be 'StopCommandTooBroad'
        Set-IHHost here -StopCommand $null
        Get-IHDiagnostic -RuleId Stop* | Should -BeNullOrEmpty
    }

    It 'finds a configuration that others may read' -Skip:$IsWindows {
        chmod 755 $env:IDLEHANDS_CONFIG_DIR
        chmod 644 (Get-ConfigurationPath)
        $findings = Get-IHDiagnostic -RuleId FilesOpenToOthers
        $findings.Count | Should -Be 2
        $findings[1].Recommendation | Should -Match '^chmod 600 '
    }

    It 'goes by severity' {
        Add-IHModel other -Source https://models.example/x.gguf -StartCommand (Get-StartCommand) -Port (Get-IHModel tiny).Port
        Get-IHDiagnostic -Severity Warning | Should -BeNullOrEmpty
        (Get-IHDiagnostic -Severity Information).RuleId | Sort-Object | Should -Be 'NoFallback', 'SharedPort'
        Get-IHDiagnostic -Quiet | Should -BeTrue
    }

    It 'tells of a host that can not be reached once' {
        Add-IHHost away -Transport exec -ExecPrefix false -CheckCommand true
        (Get-IHDiagnostic away).RuleId | Should -Be 'HostUnreachable'
    }

    It 'names what is not there' {
        { Get-IHDiagnostic nobody -ErrorAction Stop } | Should -Throw -ErrorId 'HostNotFound,*'
        { Get-IHDiagnostic -RuleId Nothing -ErrorAction Stop } | Should -Throw -ErrorId 'RuleNotFound,*'
    }

    It 'groups, formats and exports' {
        Set-IHModel tiny -Source (Join-Path $testHome gone.gguf) -StartCommand 'no-such-server {port}'
        $findings = Get-IHDiagnostic
        ($findings | Group-Object Severity).Name | Should -Be 'Error'
        $findings | Format-Table | Out-String -Width 100 | Should -Match 'ProgramMissing'
        $csv = Join-Path $testHome findings.csv
        $findings | Export-Csv -LiteralPath $csv
        (Import-Csv -LiteralPath $csv).RuleId | Sort-Object | Should -Be 'ModelFileMissing', 'ProgramMissing'
        ($findings | ConvertTo-Json | ConvertFrom-Json).HostId | Should -Be 'here', 'here'
    }
}
