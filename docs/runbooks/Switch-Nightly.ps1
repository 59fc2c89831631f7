#Requires -Version 7.4
#Requires -Modules IdleHands
<#
.SYNOPSIS
    Switches to a model, and leaves something running whatever happens.
.DESCRIPTION
    For a scheduler: the big model for the batch jobs of the night, the small one for the day. A model that does not fit is
    not tried. Where the model does not start, its fallback is, or what ran before is brought back; the exit code is then 1.
.EXAMPLE
    ./Switch-Nightly.ps1 -Id qwen3-235b -LogPath ~/switch.csv
    Switches for the night and keeps a line of what came of it.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The model.
    [Parameter(Mandatory)] [string] $Id,

    # A CSV file that gets a line for each run.
    [string] $LogPath
)

$result = Select-IHModel $Id -RequireFit -OnFailure Fallback -ErrorAction SilentlyContinue -ErrorVariable problems
if (-not $result -and $problems) {
    # There was no plan: nothing was touched, and what ran runs on.
    Write-Error -ErrorRecord $problems[0]
    exit 1
}

if ($result -and $LogPath) {
    $result | Select-Object @{ Name = 'At'; Expression = { Get-Date -Format s } }, Id, Status, ActiveId, HostId, Duration, Cause |
        Export-Csv -LiteralPath $LogPath -Append
}

$result
exit ($problems ? 1 : 0)
