#Requires -Version 7.4
#Requires -Modules IdleHands
<#
.SYNOPSIS
    Brings something up where what should run does not answer.
.DESCRIPTION
    Looks now and does not trust what is written down. What answers, or is still loading, is left alone. What does not is
    started again, and where that fails its fallback is.
.EXAMPLE
    ./Restore-Fallback.ps1 -Id coder
    Every five minutes from cron: the model coder, or its fallback, answers.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # The model that should run.
    [Parameter(Mandatory)] [string] $Id
)

$runtime = Get-IHRuntime -Verify
if ($runtime.Status -in 'ready', 'loading', 'starting') {
    $runtime
    exit 0
}

Write-Warning "$($runtime ? "$($runtime.Id) is $($runtime.Status)" : 'Nothing runs'): selecting $Id."
$result = Select-IHModel $Id -OnFailure Fallback -ErrorAction SilentlyContinue -ErrorVariable problems
$result
if ($problems) { Write-Warning $problems[0].Exception.Message }
exit ($result.ActiveId ? 0 : 1)
