BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome

    function New-Fleet([string] $Name, [string] $Text) {
        $path = Join-Path $testHome $Name
        [IO.File]::WriteAllText($path, $Text)
        $path
    }
}

AfterAll { Exit-TestHome }

Describe 'Import-IHConfiguration and Export-IHConfiguration' {
    BeforeEach {
        Clear-Configuration
        Add-IHHost local
        Add-IHModel qwen -Source /models/qwen.gguf -StartCommand 'llama-server -m {source} --port {port}' -Port 8081
    }

    It 'reads back what it wrote, as <_>' -ForEach 'yaml', 'json' {
        $file = Join-Path $testHome "fleet.$_"
        Export-IHConfiguration $file
        $before = Get-ConfigurationText
        (Import-IHConfiguration $file -Replace).Action | Sort-Object -Unique | Should -Be 'None'
        Get-ConfigurationText | Should -Be $before
    }

    It 'shows the difference with -WhatIf, applies it, and is undone by its backup' {
        $file = New-Fleet 'port.yaml' "schema_version: 1`nmodels:`n  - id: qwen`n    runtime_defaults: { port: 9000 }`n"
        $before = Get-ConfigurationText
        $change = Import-IHConfiguration $file -WhatIf
        $change.Difference | Out-String | Should -Match 'runtime_defaults.port'
        Get-ConfigurationText | Should -Be $before

        $done = Get-Item $file | Import-IHConfiguration
        $done.Action | Should -Be 'Change'
        (Get-IHModel qwen).Port | Should -Be 9000

        $null = Import-IHConfiguration $done.BackupPath -Replace
        Get-ConfigurationText | Should -Be $before
    }

    It 'removes entries only after a question, which a job answers with -Force' {
        $file = New-Fleet 'hosts.yaml' "schema_version: 1`nhosts:`n  - { id: local, display_name: local, enabled: true }`n"
        $null = Get-ChildItem $file | Import-IHConfiguration -Replace -Force
        Get-IHModel | Should -BeNullOrEmpty
    }

    It 'says where a mistake is, and changes nothing' {
        $file = New-Fleet 'bad.yaml' "schema_version: 1`nmodels:`n  - id: qwen`n    enabled: on`n"
        $before = Get-ConfigurationText
        Import-IHConfiguration $file -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -BeLike 'ImportInvalid,*'
        $failure[0].TargetObject.Line | Should -Be 4
        Get-ConfigurationText | Should -Be $before
    }

    It 'survives JSON and CliXml' {
        $file = New-Fleet 'port.yaml' "schema_version: 1`nmodels:`n  - id: qwen`n    runtime_defaults: { port: 9000 }`n"
        $change = Import-IHConfiguration $file -WhatIf
        ($change | ConvertTo-Json -Depth 5 | ConvertFrom-Json).Difference[0].After | Should -Be 9000
        [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($change, 3)).Difference[0].Before | Should -Be 8081
    }

    It 'works beside a YamlDotNet of another version' -Skip:(-not (Get-Module -ListAvailable powershell-yaml)) {
        Import-Module powershell-yaml
        $null = ConvertFrom-Yaml 'a: 1'
        $file = New-Fleet 'port.yaml' "schema_version: 1`nmodels:`n  - id: qwen`n    runtime_defaults: { port: 9000 }`n"
        (Import-IHConfiguration $file).Action | Should -Be 'Change'
        (ConvertFrom-Yaml 'a: 1').a | Should -Be 1
    }
}
