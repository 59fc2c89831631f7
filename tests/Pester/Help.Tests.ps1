BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
    $cmdlets = (Get-Command -Module IdleHands).Name
    Exit-TestHome
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
}

AfterAll { Exit-TestHome }

Describe 'Help of <_>' -ForEach $cmdlets {
    BeforeAll {
        $name = $_
        $help = Get-Help $name -Full
        $common = [Management.Automation.PSCmdlet]::CommonParameters
    }

    It 'has a synopsis and a description' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis.Trim() | Should -Not -BeLike "$name *" -Because 'a generated synopsis is the syntax'
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
    }

    It 'describes every parameter' {
        foreach ($parameter in (Get-Command $name).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $described = $help.parameters.parameter | Where-Object name -EQ $parameter
            $described | Should -Not -BeNullOrEmpty -Because "$name -$parameter"
            ($described.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "$name -$parameter"
        }
    }

    It 'has no parameter that the cmdlet lacks' {
        $known = (Get-Command $name).Parameters.Keys
        foreach ($described in $help.parameters.parameter.name) {
            $described | Should -BeIn $known
        }
    }

    It 'has an example that is valid PowerShell and calls the cmdlet' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterThan 0
        $syntaxErrors = $null
        foreach ($example in $examples) {
            $null = [Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $syntaxErrors)
            $syntaxErrors | Should -BeNullOrEmpty -Because $example.code
        }

        ($examples.code -join "`n") | Should -Match ([regex]::Escape($name))
    }

    It 'names only cmdlets that exist in its links' {
        foreach ($link in @($help.relatedLinks.navigationLink.linkText) -like '*-IH*') {
            Get-Command $link -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $link
        }
    }
}

Describe 'The topic <_>' -ForEach 'about_IdleHands', 'about_IdleHands_Configuration', 'about_IdleHands_Templates', 'about_IdleHands_Troubleshooting' {
    BeforeAll { $text = Get-Help $_ | Out-String }

    It 'is found' {
        $text | Should -Match "(?m)^TOPIC\r?\n    $_\r?$"
    }

    It 'names only cmdlets that exist' {
        foreach ($mention in [regex]::Matches($text, '\b[A-Z][a-z]+-IH[A-Za-z]+').Value | Sort-Object -Unique) {
            Get-Command $mention -ErrorAction Ignore | Should -Not -BeNullOrEmpty -Because $mention
        }
    }
}

Describe 'The topic on templates' {
    It 'names every variable' {
        $text = Get-Help about_IdleHands_Templates | Out-String
        foreach ($variable in 'source', 'port', 'host', 'backend_env', 'backend_args', 'model_id', 'host_id', 'backend_id', 'chat_template_args', 'context_window', 'max_tokens') {
            $text | Should -Match "\{$variable\}"
        }
    }
}

# The others are run by the xunit tests, in an engine that has these commands not.
Describe 'The examples that need a whole PowerShell' {
    BeforeDiscovery {
        . "$PSScriptRoot/Support.ps1"
        $null = Enter-TestHome
        $elsewhere = 'Format-List', 'Get-ChildItem', 'Group-Object', 'Import-Clixml', 'Import-Csv', 'Sort-Object'
        $examples = foreach ($name in (Get-Command -Module IdleHands).Name) {
            foreach ($code in (Get-Help $name -Full).examples.example.code) {
                $commands = [Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $null).FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
                if ($commands | Where-Object { $_.GetCommandName() -in $elsewhere }) { @{ Cmdlet = $name; Code = $code } }
            }
        }

        Exit-TestHome
    }

    BeforeAll {
        $exampleHome = $testHome
        $port = Get-FreePort
        $source = New-SampleModel 'qwen.gguf'
        Clear-Configuration
        Add-IHHost workstation -CheckCommand 'exit 0'
        Add-IHHost gpu-01 -CheckCommand 'exit 0'
        Add-IHBackend vulkan -VerifyCommand 'exit 0'
        Add-IHBackend cuda-12 -Type cuda -VerifyCommand 'exit 0'
        Add-IHModel qwen3-coder-q4 -Source $source -Port $port -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
        Add-IHModel coder -Source $source -Port (Get-FreePort) -StartCommand (Get-StartCommand) -ProbeIntervalMs 100 -ProbeTimeoutSec 60
        $null = Select-IHModel coder
        Select-IHModel qwen3-coder-q4 -DryRun | Export-Clixml (Join-Path $exampleHome plan.xml) -Depth 4
        Get-IHHost workstation | Select-Object @{ Name = 'Id'; Expression = { 'from-csv' } }, CheckCommand | Export-Csv (Join-Path $exampleHome hosts.csv)
        Get-IHBackend vulkan | Select-Object @{ Name = 'Id'; Expression = { 'from-csv' } }, Type | Export-Csv (Join-Path $exampleHome backends.csv)
        Get-IHModel coder | Select-Object @{ Name = 'Id'; Expression = { 'from-csv' } }, Source, StartCommand | Export-Csv (Join-Path $exampleHome models.csv)
        $null = New-Item -ItemType Directory (Join-Path $exampleHome fleet)
        Export-IHConfiguration (Join-Path $exampleHome fleet all.yaml)
        Push-Location $exampleHome
    }

    AfterAll {
        Pop-Location
        Stop-IHRuntime -Force -ErrorAction Ignore
    }

    It 'run as they stand: <Code>' -ForEach $examples {
        $ConfirmPreference = 'None'
        & ([scriptblock]::Create($Code)) 2>&1 | Where-Object { $_ -is [Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
    }
}
