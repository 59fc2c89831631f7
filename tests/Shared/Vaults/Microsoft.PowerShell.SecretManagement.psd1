@{
    RootModule = 'Microsoft.PowerShell.SecretManagement.psm1'
    ModuleVersion = '1.1.2'
    GUID = '5f0c1f5c-7d8e-4c53-9a43-6f6cf0c1b9d5'
    Description = 'Stands in for the module of that name in tests.'
    FunctionsToExport = @('Get-Secret', 'Set-Secret', 'Get-SecretVault')
    CmdletsToExport = @()
    AliasesToExport = @()
}
