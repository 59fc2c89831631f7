using System.Runtime.CompilerServices;

namespace IdleHands.Testing;

/// <summary>What must be set before the engine is first touched.</summary>
internal static class EngineSettings
{
    /// <summary>The engine, here and in processes that tests start, reports nothing to Microsoft.</summary>
    [ModuleInitializer]
    internal static void TurnTelemetryOff() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
}
