@{
    RootModule           = 'EmptyModule.dll'
    ModuleVersion        = '1.0.0'
    GUID                 = 'b5b0a0f5-3b1a-4b55-9a8e-0c1f6a3b8f0d'
    Author               = 'IdleHands contributors'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    RequiredAssemblies   = @()
    FormatsToProcess     = @('EmptyModule.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @('Get-Nothing')
}
