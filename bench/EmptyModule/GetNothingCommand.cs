using System.Management.Automation;

namespace IdleHands.Benchmarks.EmptyModule;

/// <summary>Emits one object, so that the module has a cmdlet and a view.</summary>
[Cmdlet(VerbsCommon.Get, "Nothing")]
[OutputType(typeof(Nothing))]
public sealed class GetNothingCommand : PSCmdlet
{
    protected override void ProcessRecord() => WriteObject(new Nothing("nothing"));
}

public sealed record Nothing(string Name);
