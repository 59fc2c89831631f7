#Requires -Version 7.4
#Requires -Modules IdleHands
<#
.SYNOPSIS
    Makes the configuration what the files of a directory say, such as a clone of a Git repository.
.DESCRIPTION
    All YAML files of the directory together are the configuration; what none of them names is removed. The difference is
    emitted. With -WhatIf nothing else happens, which is what a pull request wants to know. What is wrong with a file is an
    error with its line, and then nothing is changed.
.EXAMPLE
    git -C ~/fleet pull --quiet && ./Sync-Configuration.ps1 -Path ~/fleet
    Applies what has been merged.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The directory.
    [Parameter(Mandatory)] [string] $Path
)

$changes = Import-IHConfiguration (Join-Path $Path '*.yaml') -Replace -Force -ErrorAction SilentlyContinue -ErrorVariable problems
$problems | ForEach-Object { Write-Warning $_.Exception.Message }
if ($problems) { exit 1 }

$changes | Where-Object Action -NE None
exit 0
