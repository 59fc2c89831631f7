#Requires -Version 7.4
<#
.SYNOPSIS
    Builds, tests and packs the module.
.DESCRIPTION
    Build stages the module into output/IdleHands/<version>. Test runs the xunit tests. Pester runs tests/Pester against
    the staged module. Package makes the nupkg for the PowerShell Gallery in output/packages. All work without a
    network once the packages of the solution are restored.
.PARAMETER Task
    What to do, in this order.
.PARAMETER Configuration
    Configuration of the build.
.PARAMETER NoBuild
    Takes what the last build left; without it every other task builds first.
.EXAMPLE
    ./build.ps1
    Builds and stages the module.
.EXAMPLE
    ./build.ps1 -Task Test, Pester, Package -Configuration Release
    Builds, tests and packs a release.
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Pester', 'Package')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Debug',

    [switch] $NoBuild
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

[xml] $properties = Get-Content -LiteralPath "$PSScriptRoot/Directory.Build.props" -Raw
$version = $properties.SelectSingleNode('/Project/PropertyGroup/Version').InnerText
$modulePath = Join-Path $PSScriptRoot output IdleHands $version
$manifestPath = Join-Path $modulePath IdleHands.psd1
$packagesPath = Join-Path $PSScriptRoot output packages

function Invoke-Build {
    dotnet build $PSScriptRoot --configuration $Configuration -warnaserror
}

function Invoke-Test {
    dotnet test --solution "$PSScriptRoot/IdleHands.sln" --configuration $Configuration --no-build
}

function Invoke-PesterSuite {
    Import-Module Pester -MinimumVersion 5.0
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = Join-Path $PSScriptRoot tests Pester
    $configuration.Run.PassThru = $true
    $configuration.Run.Throw = $false
    $configuration.Output.Verbosity = 'Normal'
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputPath = Join-Path $PSScriptRoot TestResults pester.xml

    # The module is imported by its name, as a user does.
    $before = $env:PSModulePath
    $env:PSModulePath = (Join-Path $PSScriptRoot output) + [IO.Path]::PathSeparator + $before
    try {
        $result = Invoke-Pester -Configuration $configuration
    }
    finally {
        $env:PSModulePath = $before
    }

    if ($result.Result -ne 'Passed' -or $result.PassedCount -eq 0) {
        throw "Pester: $($result.PassedCount) passed, $($result.FailedCount) failed."
    }
}

# Every place that names the version names the same one.
function Assert-Version {
    $manifest = Import-PowerShellDataFile -LiteralPath $manifestPath
    if ($manifest.ModuleVersion -ne $version) {
        throw "IdleHands.psd1 is version $($manifest.ModuleVersion), Directory.Build.props says $version."
    }

    foreach ($name in 'IdleHands.PowerShell.dll', 'IdleHands.Core.dll') {
        $found = [Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $modulePath $name)).ProductVersion
        if (($found -split '\+')[0] -ne $version) {
            throw "$name is version $found, Directory.Build.props says $version; build again."
        }
    }
}

function Get-PackageSpecification {
    $manifest = Import-PowerShellDataFile -LiteralPath $manifestPath
    $gallery = $manifest.PrivateData.PSData
    $tags = @($gallery.Tags) + 'PSModule', 'PSIncludes_Cmdlet', 'PSEdition_Core' +
        ($manifest.CmdletsToExport | ForEach-Object { "PSCmdlet_$_"; "PSCommand_$_" }) | Select-Object -Unique
    $text = { param($value) [Security.SecurityElement]::Escape([string] $value) }
    $links = ''
    if ($gallery.ContainsKey('ProjectUri')) {
        $links += "`n    <projectUrl>$(& $text $gallery.ProjectUri)</projectUrl>"
    }

    @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd">
  <metadata>
    <id>IdleHands</id>
    <version>$version</version>
    <authors>$(& $text $manifest.Author)</authors>
    <owners>$(& $text $manifest.CompanyName)</owners>
    <license type="expression">MIT</license>$links
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <description>$(& $text $manifest.Description)</description>
    <copyright>$(& $text $manifest.Copyright)</copyright>
    <tags>$(& $text ($tags -join ' '))</tags>
  </metadata>
  <files>
    <file src="$(& $text (Join-Path $modulePath '**'))" exclude="**/*.pdb" target="" />
  </files>
</package>
"@
}

function Invoke-Package {
    Assert-Version
    $null = New-Item -ItemType Directory -Path $packagesPath -Force
    $specification = Join-Path $packagesPath IdleHands.nuspec
    Set-Content -LiteralPath $specification -Value (Get-PackageSpecification)
    try {
        dotnet pack $specification --output $packagesPath
    }
    finally {
        Remove-Item -LiteralPath $specification
    }

    # What was packed must be a module again when it is unpacked.
    $package = Join-Path $packagesPath "IdleHands.$version.nupkg"
    $trial = Join-Path ([IO.Path]::GetTempPath()) "idlehands-package-$([guid]::NewGuid())"
    try {
        [IO.Compression.ZipFile]::ExtractToDirectory($package, $trial)
        $module = Test-ModuleManifest -Path (Join-Path $trial IdleHands.psd1)
        if ($module.ExportedCmdlets.Count -eq 0) {
            throw "The package $package holds a module without cmdlets."
        }
    }
    finally {
        Remove-Item -LiteralPath $trial -Recurse -Force -ErrorAction Ignore
    }

    Get-Item -LiteralPath $package
}

if (-not $NoBuild) {
    Invoke-Build
}

switch ($Task) {
    'Test' { Invoke-Test }
    'Pester' { Invoke-PesterSuite }
    'Package' { Invoke-Package }
}
