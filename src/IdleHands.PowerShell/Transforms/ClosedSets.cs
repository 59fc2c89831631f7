using IdleHands.Engines;

namespace IdleHands.PowerShell.Transforms;

/// <summary>The words that parameters with a closed set take, by the parameter's name.</summary>
internal static class ClosedSets
{
    internal const string Transport = "Transport";
    internal const string Shell = "Shell";
    internal const string Type = "Type";
    internal const string Engine = "Engine";
    internal const string ThinkingMode = "ThinkingMode";

    private static readonly NameList Shells = new("bash", "sh", "pwsh", "cmd");

    internal static NameList Of(string parameter) => parameter switch
    {
        Transport => HostTransport.All,
        Shell => Shells,
        Type => BackendType.All,
        Engine => EngineCatalog.Names,
        ThinkingMode => IdleHands.ThinkingMode.All,
        _ => NameList.Empty,
    };
}
