using System.Globalization;
using System.Management.Automation.Host;

namespace IdleHands.Samples.Quickstart;

/// <summary>What the engine sees of this program.</summary>
internal sealed class QuickstartHost(HostInterface hostInterface) : PSHost, IDisposable
{
    public HostInterface Interface => hostInterface;

    /// <summary>What <c>exit</c> asked for; null as long as nobody did.</summary>
    public int? ExitCode { get; private set; }

    public override string Name => "IdleHands quickstart";

    public override Version Version { get; } = typeof(QuickstartHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => hostInterface;

    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("The quickstart has no nested prompt.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("The quickstart has no nested prompt.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public void Dispose() => hostInterface.Dispose();
}
