#Requires -Version 7.4
#Requires -Modules IdleHands
<#
.SYNOPSIS
    Tells when a model has been loading for too long.
.DESCRIPTION
    A model that loads is fine, until it loads for longer than it may. What runs is compared with a limit, or with three
    times what its starts took before. The script emits an object for the alert and ends with 1; what to do with it, a mail
    or a message, is yours.
.EXAMPLE
    ./Watch-Loading.ps1 -LimitSec 900 | ForEach-Object { Send-MyAlert $_.Text }
    Alerts after fifteen minutes.
#>
[CmdletBinding()]
param(
    # Seconds that loading may take. Three times the usual duration of a start where it is not given, and ten minutes for a first one.
    [int] $LimitSec
)

$runtime = Get-IHRuntime -Verify
if ($runtime.Status -notin 'loading', 'starting') { exit 0 }

$usual = Get-IHHistory $runtime.Id -Last 20 -ErrorAction Ignore | Where-Object Status -EQ Started | ForEach-Object { $_.Duration.TotalSeconds } | Sort-Object
$limit = $LimitSec ? $LimitSec : $usual ? 3 * $usual[[int] [Math]::Floor(($usual.Count - 1) / 2)] : 600
if ($runtime.Uptime.TotalSeconds -le $limit) { exit 0 }

[pscustomobject]@{
    Id       = $runtime.Id
    HostId   = $runtime.HostId
    Uptime   = $runtime.Uptime
    LimitSec = $limit
    Text     = '{0} on {1} has been loading for {2:hh\:mm\:ss}.' -f $runtime.Id, $runtime.HostId, $runtime.Uptime
    Log      = @(Get-IHLog $runtime.Id -Tail 5 -ErrorAction Ignore)
}
exit 1
