BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $null = Enter-TestHome
    $manifest = Import-PowerShellDataFile -LiteralPath (Join-Path (Get-Module IdleHands).ModuleBase IdleHands.psd1)
}

AfterAll { Exit-TestHome }

Describe 'The module' {
    It 'is imported by its name, with the version of its folder' {
        $module = Get-Module IdleHands
        $module.Version | Should -Be ([version] (Split-Path $module.ModuleBase -Leaf))
        $module.ModuleType | Should -Be 'Binary'
    }

    It 'exports the cmdlets of its manifest and nothing else' {
        $module = Get-Module IdleHands
        @($module.ExportedCmdlets.Keys | Sort-Object) | Should -Be @($manifest.CmdletsToExport | Sort-Object)
        $module.ExportedFunctions.Count | Should -Be 0
        $module.ExportedAliases.Count | Should -Be 0
        $module.ExportedVariables.Count | Should -Be 0
    }

    It 'has approved verbs and the prefix IH' {
        $verbs = (Get-Verb).Verb
        foreach ($command in Get-Command -Module IdleHands) {
            $command.Verb | Should -BeIn $verbs
            $command.Noun | Should -BeLike 'IH*'
            $command.OutputType | Should -Not -BeNullOrEmpty -Because $command.Name
        }
    }

    It 'has a valid manifest' {
        { Test-ModuleManifest -Path (Join-Path (Get-Module IdleHands).ModuleBase IdleHands.psd1) -ErrorAction Stop } | Should -Not -Throw
    }

    It 'touches no file when it is imported' {
        $shell = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        & $shell -NoLogo -NoProfile -NonInteractive -Command 'Import-Module IdleHands; if (-not (Get-Module IdleHands)) { exit 1 }'
        $LASTEXITCODE | Should -Be 0
        $env:IDLEHANDS_CONFIG_DIR | Should -Not -Exist
        $env:IDLEHANDS_STATE_DIR | Should -Not -Exist
    }

    It 'is loaded by itself when one of its cmdlets is called' {
        $shell = [Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        & $shell -NoLogo -NoProfile -NonInteractive -Command '(Get-Command Get-IHModel).ModuleName' | Should -Be 'IdleHands'
    }

    It 'can be removed and imported again' {
        Remove-Module IdleHands
        Get-Module IdleHands | Should -BeNullOrEmpty
        Import-Module IdleHands
        { Get-IHModel } | Should -Not -Throw
    }

    It 'lets its types be named' {
        [IdleHands.RuntimeHost].IsClass | Should -BeTrue
        [IdleHands.RuntimeModel].IsClass | Should -BeTrue
        [IdleHands.RuntimeBackend].IsClass | Should -BeTrue
    }

    It 'has a table of at most six columns for <_>' -ForEach 'RuntimeHost', 'RuntimeBackend', 'RuntimeModel', 'HealthResult', 'RuntimePlan', 'SelectResult', 'ActiveRuntime', 'ConfigurationFinding' {
        $views = (Get-FormatData "IdleHands.$_").FormatViewDefinition.Control
        $table = $views | Where-Object { $_ -is [Management.Automation.TableControl] } | Select-Object -First 1
        $table | Should -Not -BeNullOrEmpty
        $table.Headers.Count | Should -BeLessOrEqual 6
    }
}
