BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $testHome = Enter-TestHome
    $variables = 'PATH', 'HOME', 'USERPROFILE', 'XDG_CACHE_HOME', 'HF_HOME', 'HF_HUB_CACHE', 'LLAMA_CACHE', 'OLLAMA_MODELS'
    $before = @{}
    foreach ($name in $variables) {
        $before[$name] = [Environment]::GetEnvironmentVariable($name)
        if ($name -ne 'PATH') { [Environment]::SetEnvironmentVariable($name, $null) }
    }

    # Whatever servers this machine runs.
    $PSDefaultParameterValues['Initialize-IHConfiguration:ScanPorts'] = Get-FreePort

    # A program of the name that is looked for, which is the sample server.
    $programs = Join-Path $testHome programs
    $null = New-Item -ItemType Directory $programs
    if (-not $IsWindows) {
        $program = Join-Path $programs llama-server
        Set-Content -LiteralPath $program -Value @(
            '#!/bin/sh'
            'if [ "$1" = --list-devices ]; then printf "Available devices:\n  (none)\n"; exit 0; fi'
            "exec '$(Get-SampleServer)' --lifetime 300 --guise llama-server `"`$@`"")
        chmod +x $program
        $env:PATH = $programs + [IO.Path]::PathSeparator + $env:PATH
        $env:HOME = Join-Path $testHome user
        $models = (New-Item -ItemType Directory (Join-Path $testHome user models)).FullName
        Copy-Item -LiteralPath (New-SampleModel) (Join-Path $models tiny.gguf)
    }
}

AfterAll {
    foreach ($name in $variables) {
        [Environment]::SetEnvironmentVariable($name, $before[$name])
    }

    Exit-TestHome
}

Describe 'Initialize-IHConfiguration' -Skip:$IsWindows {
    BeforeEach { Clear-Configuration }

    It 'adds what it finds without a question' {
        $added = Initialize-IHConfiguration -Auto 6> $null
        $added | Should -BeOfType IdleHands.ConfigurationChange
        $added.Section | Should -Contain 'Host'
        ($added | Where-Object Section -EQ Model).Id | Should -Contain 'tiny'
        (Get-IHModel tiny).Source | Should -Be (Join-Path $models tiny.gguf)
        Test-IHConfiguration | Should -BeNullOrEmpty
        Initialize-IHConfiguration -Auto 6> $null | Should -BeNullOrEmpty
    }

    It 'shows what it would add, and changes nothing' {
        $shown = Initialize-IHConfiguration -WhatIf 6>&1
        @($shown | Where-Object { $_ -is [IdleHands.ConfigurationChange] }).Count | Should -BeGreaterThan 1
        "$($shown | Where-Object { $_ -is [Management.Automation.InformationRecord] })" | Should -Match 'Found on'
        Get-ConfigurationText | Should -BeNullOrEmpty
    }

    It 'says that it needs answers where nobody can give them' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$((Get-Module IdleHands).Path)'; Initialize-IHConfiguration").Invoke()
            $shell.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^ConfirmationNeeded'
        }
        finally { $shell.Dispose() }
        Get-ConfigurationText | Should -BeNullOrEmpty
    }
}

Describe 'Select-IHModel -Source' -Skip:$IsWindows {
    BeforeEach { Clear-Configuration }

    AfterEach { Stop-IHRuntime -Force -Confirm:$false }

    It 'starts a file of the pipeline without a configuration, and says what it assumed' {
        $result = Get-ChildItem $models | Select-IHModel -InformationVariable said 6> $null
        $result.Status | Should -Be Started
        $said -join "`n" | Should -Match 'Assumed: engine llama-server'
        (Get-IHRuntime -Verify).Status | Should -Be ready
        (Test-IHHealth | Where-Object Section -EQ Model).Id | Should -Be tiny
        Get-ConfigurationText | Should -BeNullOrEmpty
    }

    It 'keeps it as an entry' {
        $null = Get-IHModelFile (Join-Path $models tiny.gguf) | Select-Object * | Select-IHModel -Save 6> $null
        (Get-IHModel).Id | Should -Be tiny
        (Select-IHModel tiny).Status | Should -Be Reused
    }

    It 'makes a plan that a file can keep' {
        $path = Join-Path $testHome plan.xml
        Select-IHModel -Source (Join-Path $models tiny.gguf) -DryRun | Export-Clixml $path
        (Import-Clixml $path).Assumptions | Should -Not -BeNullOrEmpty
        (Import-Clixml $path | Invoke-IHPlan 6> $null).Status | Should -Be Started
    }
}
