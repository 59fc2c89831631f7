#Requires -Version 7.4
#Requires -Modules IdleHands
<#
.SYNOPSIS
    Adds the health of all hosts to a CSV file.
.DESCRIPTION
    One row for each host, model and server found, with the time of the look. Hosts that can't be reached have a row, too.
.EXAMPLE
    ./Export-FleetHealth.ps1 -Path ~/health.csv
    A row for everything, each time it is run.
#>
[CmdletBinding()]
param(
    # The CSV file.
    [Parameter(Mandatory)] [string] $Path,

    # Ports to look for servers on.
    [string[]] $ScanPorts
)

$ports = $ScanPorts ? @{ ScanPorts = $ScanPorts } : @{}
$at = Get-Date -Format s
$rows = @(Test-IHHealth @ports | Select-Object @{ Name = 'At'; Expression = { $at } }, Section, HostId, Id, Port, Status, Unconfigured, Server,
    @{ Name = 'LatencyMs'; Expression = { [int] $_.Latency.TotalMilliseconds } }, Detail)
$rows | Export-Csv -LiteralPath $Path -Append
exit (@($rows | Where-Object { $_.Section -ne 'Discovered' -and $_.Status -in 'down', 'unknown' }).Count -gt 0 ? 1 : 0)
