@{
    RootModule           = 'IdleHands.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '3ad1b722-f86b-43a1-979c-7f62f25c39fd'
    Author               = 'IdleHands contributors'
    CompanyName          = 'IdleHands contributors'
    Copyright            = 'Copyright (c) 2026 IdleHands contributors'
    Description          = 'Run language models on your own machines: keep hosts, backends and models in one file, see which are up, and switch the running model with a plan you can read first.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    RequiredAssemblies   = @()
    FormatsToProcess     = @('IdleHands.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @(
        'Add-IHBackend'
        'Add-IHHost'
        'Add-IHModel'
        'Disable-IHBackend'
        'Disable-IHHost'
        'Disable-IHModel'
        'Enable-IHBackend'
        'Enable-IHHost'
        'Enable-IHModel'
        'Export-IHConfiguration'
        'Get-IHBackend'
        'Get-IHDiagnostic'
        'Get-IHHistory'
        'Get-IHHost'
        'Get-IHLog'
        'Get-IHModel'
        'Get-IHModelFile'
        'Get-IHRuntime'
        'Import-IHConfiguration'
        'Initialize-IHConfiguration'
        'Invoke-IHPlan'
        'Remove-IHBackend'
        'Remove-IHHost'
        'Remove-IHModel'
        'Resolve-IHEndpoint'
        'Select-IHModel'
        'Set-IHBackend'
        'Set-IHHost'
        'Set-IHModel'
        'Stop-IHRuntime'
        'Test-IHBackend'
        'Test-IHConfiguration'
        'Test-IHHealth'
        'Test-IHHost'
        'Wait-IHModel'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @('LLM', 'llama.cpp', 'vLLM', 'Ollama', 'Inference', 'GPU', 'AI', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://opensource.org/license/mit'
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
