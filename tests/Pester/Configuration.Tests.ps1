BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome

    function Set-ConfigurationText([string] $Text) {
        $null = New-Item -ItemType Directory -Path $env:IDLEHANDS_CONFIG_DIR -Force
        [IO.File]::WriteAllText((Get-ConfigurationPath), $Text)
    }
}

AfterAll { Exit-TestHome }

Describe 'Test-IHConfiguration' {
    BeforeEach { Clear-Configuration }

    It 'says nothing of a valid file' {
        Add-IHHost local
        Test-IHConfiguration | Should -BeNullOrEmpty
        Test-IHConfiguration -Quiet | Should -BeTrue
    }

    It 'reports every finding with its path' {
        Set-ConfigurationText @'
{
  "schema_version": 1,
  "hosts": [ { "id": "Bad Id", "display_name": "x", "enabled": true, "transport": "local" } ],
  "backends": [],
  "models": [
    { "id": "m", "display_name": "m", "enabled": true, "source": "/m.gguf",
      "host_policy": ["nowhere"], "backend_policy": "any",
      "launch": { "start_cmd": "srv {sauce}" }, "runtime_defaults": { "port": 70000 } }
  ]
}
'@
        $findings = Test-IHConfiguration
        $findings | Should -BeOfType IdleHands.ConfigurationFinding
        $findings.Path | Should -Contain 'hosts[0].id'
        $findings.Path | Should -Contain 'models[0].launch.start_cmd'
        $findings.Path | Should -Contain 'models[0].runtime_defaults.port'
        @($findings.Path -like 'models?0?.host_policy*').Count | Should -Be 1
        ($findings | Where-Object Path -EQ 'models[0].runtime_defaults.port').Message | Should -Match '70000'
        Test-IHConfiguration -Quiet | Should -BeFalse
    }

    It 'reports one finding, with line and column, for a text that is not JSON' {
        Set-ConfigurationText "{`n  `"schema_version`": 1,`n  oops`n}"
        $findings = @(Test-IHConfiguration)
        $findings.Count | Should -Be 1
        $findings[0].Message | Should -Match '3'
    }

    It 'looks at another file with -Path' {
        $other = Join-Path $testHome other.json
        [IO.File]::WriteAllText($other, '{ "schema_version": 2, "hosts": [], "backends": [], "models": [] }')
        $findings = @(Test-IHConfiguration -Path $other)
        $findings.Count | Should -BeGreaterThan 0
        $findings.Path | Should -Contain 'schema_version'
        Push-Location $testHome
        try { Test-IHConfiguration -Path ./other.json -Quiet | Should -BeFalse } finally { Pop-Location }
    }

    It 'groups and sorts its findings' {
        Set-ConfigurationText '{ "schema_version": 1, "hosts": [{}], "backends": [{}], "models": [{}] }'
        $groups = Test-IHConfiguration | Group-Object Severity
        $groups.Name | Should -Contain 'Error'
    }
}

Describe 'A broken configuration' {
    It 'is an error that names the file and is not touched' {
        Clear-Configuration
        Set-ConfigurationText '{ "schema_version": 1, "hosts": ['
        $before = Get-ConfigurationText
        { Add-IHHost x -ErrorAction Stop } | Should -Throw -ErrorId 'Configuration*' -ExpectedMessage '*runtimes.json*'
        { Get-IHModel -ErrorAction Stop } | Should -Throw
        Get-ConfigurationText | Should -Be $before
    }

    It 'does not block Get-IHRuntime' {
        Clear-Configuration
        Set-ConfigurationText 'not json'
        Get-IHRuntime -ErrorVariable problems | Should -BeNullOrEmpty
        $problems | Should -BeNullOrEmpty
    }
}

Describe 'The configuration file' {
    It 'keeps a key that it does not know' {
        Clear-Configuration
        Set-ConfigurationText '{ "schema_version": 1, "hosts": [], "backends": [], "models": [], "x_notes": { "a": [1, 2] } }'
        Add-IHHost local
        $file = Get-ConfigurationText | ConvertFrom-Json
        $file.x_notes.a | Should -Be 1, 2
        $file.hosts[0].id | Should -Be 'local'
        (Test-IHConfiguration).Severity | Should -Be 'Warning'
    }

    It 'is readable by its owner alone' -Skip:$IsWindows {
        Clear-Configuration
        Add-IHHost local
        (Get-Item (Get-ConfigurationPath)).UnixMode | Should -Be '-rw-------'
        (Get-Item $env:IDLEHANDS_CONFIG_DIR).UnixMode | Should -Be 'drwx------'
    }
}

Describe 'Copies' {
    It 'brings every value back through <Way>' -TestCases @(
        @{ Way = 'Select-Object'; Through = { $input | Select-Object -Property * } }
        @{ Way = 'JSON'; Through = { $input | ConvertTo-Json -Depth 5 | ConvertFrom-Json } }
        @{ Way = 'JSON tables'; Through = { $input | ConvertTo-Json -Depth 5 | ConvertFrom-Json -AsHashtable } }
        @{ Way = 'CSV'; Through = { $input | ConvertTo-Csv | ConvertFrom-Csv } }
        @{ Way = 'CLIXML'; Through = { $input | Export-Clixml -Path (Join-Path $testHome 'copy.xml'); Import-Clixml -Path (Join-Path $testHome 'copy.xml') } }
    ) {
        Clear-Configuration
        Set-ConfigurationText @'
{
  "schema_version": 1,
  "hosts": [ { "id": "h", "display_name": "h", "enabled": true, "connection": { "password": "env:PW", "exec": ["sh, -c", ""] } } ],
  "backends": [ { "id": "b", "display_name": "b", "enabled": true, "type": "cpu", "env": { "A": "x; B=y" }, "args": ["1, 2", "3"] } ],
  "models": [ { "id": "m", "display_name": "m", "enabled": false, "source": "/m.gguf", "launch": { "start_cmd": "run" },
                "split_policy": { "mode": "rows", "hosts": ["h"] } } ]
}
'@
        Get-IHHost | & $Through | Add-IHHost -Id copy -DisplayName h
        Get-IHBackend | & $Through | Add-IHBackend -Id copy -DisplayName b
        Get-IHModel | & $Through | Add-IHModel -Id copy -DisplayName m

        "$(Get-IHHost copy)" | Should -Be ("$(Get-IHHost h)" -replace 'Id = h', 'Id = copy')
        "$(Get-IHBackend copy)" | Should -Be ("$(Get-IHBackend b)" -replace 'Id = b', 'Id = copy')
        "$(Get-IHModel copy)" | Should -Be ("$(Get-IHModel m)" -replace 'Id = m', 'Id = copy')
    }
}
