BeforeDiscovery {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
    $cmdlets = (Get-Command -Module IdleHands).Name
    Exit-TestHome
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
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
