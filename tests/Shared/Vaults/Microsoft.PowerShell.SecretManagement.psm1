# Stands in for Microsoft.PowerShell.SecretManagement in tests: its commands, their parameters, and the errors it writes
# by their ids and exceptions. It uses no other command, because the engine of the hosted tests has few.
#
# vaults.ps1, beside this file, sets what there is: $vaults, an ordered table of tables of secrets, the default one
# first; $behaviours, a table that says of a vault that it is locked, asks, hangs, or is broken or read-only; and
# $onSet, what else happens when a secret was kept. calls.txt gets a line for each call. Both are the test's.

class PasswordRequiredException : System.InvalidOperationException {
    PasswordRequiredException([string] $message) : base($message) { }
}

$vaults = [ordered] @{}
$behaviours = @{}
$hasDefault = $true
$onSet = { }
. "$PSScriptRoot/vaults.ps1"

function Add-Call([string] $Call) {
    [IO.File]::AppendAllText("$PSScriptRoot/calls.txt", "$Call`n")
}

function New-Record([Exception] $Exception, [string] $Id, [Management.Automation.ErrorCategory] $Category) {
    [Management.Automation.ErrorRecord]::new($Exception, $Id, $Category, $null)
}

function Get-Secret {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Position = 1)] [string] $Vault,
        [switch] $AsPlainText
    )

    Add-Call "Get-Secret $Vault/$Name"
    if ($Vault -and -not $vaults.Contains($Vault)) {
        $exception = [Management.Automation.PSInvalidOperationException]::new("Vault not found in registry: $Vault")
        $PSCmdlet.ThrowTerminatingError((New-Record $exception 'GetSecretVaultNotFound' ObjectNotFound))
    }

    $names = if ($Vault) { @($Vault) } else { @($vaults.Keys) }
    $failed = $false
    foreach ($one in $names) {
        switch ($behaviours[$one]) {
            'locked' {
                $PSCmdlet.WriteError((New-Record ([PasswordRequiredException]::new('Unable to access secret store.')) 'GetSecretException' InvalidOperation))
                $failed = $true
            }
            'asks' {
                try {
                    $null = $Host.UI.ReadLineAsSecureString()
                }
                catch {
                    $exception = [Management.Automation.PSInvalidOperationException]::new("Unable to get secret $Name from vault $one", $_.Exception)
                    $PSCmdlet.WriteError((New-Record $exception 'GetSecretInvalidOperation' InvalidOperation))
                }
            }
            'broken' {
                $inner = [InvalidOperationException]::new("The database`n  is malformed.")
                $exception = [Management.Automation.PSInvalidOperationException]::new("Unable to get secret $Name from vault $one", $inner)
                $PSCmdlet.WriteError((New-Record $exception 'GetSecretInvalidOperation' InvalidOperation))
            }
            'hangs' {
                Add-Call 'hanging'
                while ($true) { [Threading.Thread]::Sleep(10) }
            }
            default {
                $found = $vaults[$one][$Name]
                if ($null -ne $found) {
                    $PSCmdlet.WriteVerbose("Secret $Name was successfully retrieved from vault $one.")
                    $PSCmdlet.WriteDebug("The value is $found")
                    $PSCmdlet.WriteWarning("The value is $found")
                    if ($AsPlainText -and $found -is [securestring]) {
                        $found = [Net.NetworkCredential]::new('', $found).Password
                    }

                    $PSCmdlet.WriteObject($found, $false)
                    return
                }
            }
        }
    }

    if (-not $Vault -or -not $failed) {
        $PSCmdlet.WriteError((New-Record ([Management.Automation.ItemNotFoundException]::new("The secret $Name was not found.")) 'GetSecretNotFound' ObjectNotFound))
    }
}

function Set-Secret {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'SecureString')]
    param(
        [Parameter(Mandatory, Position = 0)] [string] $Name,
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Object')] [object] $Secret,
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'SecureString')] [securestring] $SecureStringSecret,
        [Parameter(Position = 2)] [string] $Vault,
        [switch] $NoClobber
    )

    Add-Call "Set-Secret $Vault/$Name"
    if (-not $Vault) {
        if (-not $hasDefault -or $vaults.Count -eq 0) {
            $exception = [Management.Automation.PSInvalidOperationException]::new('Unable to set secret because no vault was provided and there is no default vault designated.')
            $PSCmdlet.ThrowTerminatingError((New-Record $exception 'SetSecretFailNoVault' InvalidOperation))
        }

        $Vault = @($vaults.Keys)[0]
    }

    switch ($behaviours[$Vault]) {
        'locked' {
            $PSCmdlet.ThrowTerminatingError((New-Record ([PasswordRequiredException]::new('Unable to access secret store.')) 'SetSecretException' InvalidOperation))
        }
        'read-only' {
            $exception = [Management.Automation.PSInvalidOperationException]::new("Unable to add secret $Name to vault $Vault", [UnauthorizedAccessException]::new('This vault is read-only.'))
            $PSCmdlet.WriteError((New-Record $exception 'SetSecretInvalidOperation' InvalidOperation))
        }
        default {
            if ($PSCmdlet.ShouldProcess($Vault, 'Set secret')) {
                $vaults[$Vault][$Name] = if ($null -ne $SecureStringSecret) { $SecureStringSecret } else { $Secret }
                $null = & $onSet
            }
        }
    }
}

function Get-SecretVault {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string] $Name)

    Add-Call "Get-SecretVault $Name"
    foreach ($one in $vaults.Keys) {
        [pscustomobject] @{ Name = $one; ModuleName = 'StandIn'; IsDefault = $hasDefault -and $one -eq @($vaults.Keys)[0] }
    }
}
