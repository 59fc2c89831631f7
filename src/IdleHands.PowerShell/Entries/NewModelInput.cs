using System.Management.Automation;
using IdleHands.Gguf;

namespace IdleHands.PowerShell.Entries;

/// <summary>What a new model is made of: parameters, an object, or a file in one of the forms that PowerShell has for files.</summary>
internal sealed record NewModelInput
{
    /// <summary>What a job or an export makes of a model file.</summary>
    private const string Copy = "Deserialized.IdleHands." + nameof(GgufFile);

    /// <summary>The object to take values from; null for none, and for a file.</summary>
    public PSObject? Object { get; init; }

    /// <summary>Path of the file, or the source as a parameter; null where an object has it.</summary>
    public string? Path { get; init; }

    /// <summary>What the file says; null where it was not read yet.</summary>
    public GgufFile? File { get; init; }

    /// <summary>Host that holds the file; null where that is not said.</summary>
    public string? HostId { get; init; }

    /// <summary>Why it is no model of its own; null for a model.</summary>
    public string? Skipped { get; init; }

    /// <summary>Tells what came.</summary>
    internal static NewModelInput? Of(PSCmdlet cmdlet, PSObject? input, string? source, Action<Exception, object?> onFailure)
    {
        switch (input?.BaseObject)
        {
            case null:
                return new NewModelInput { Path = source };
            case GgufFile file:
                return Of(file.Path) with { File = file, HostId = file.HostId };
            case FileInfo file:
                return Of(file.FullName);
            case string path:
                string[] paths = [.. LocalPaths.Resolve(cmdlet, path, isLiteral: true, onFailure)];
                return paths is [var only] ? Of(only) : null;
            default:
                if (input.TypeNames.Contains(Copy) && InputShape.Value(input, nameof(GgufFile.Path)) is string there)
                {
                    return Of(there) with { HostId = InputShape.Value(input, nameof(GgufFile.HostId)) as string };
                }

                return new NewModelInput { Object = input };
        }
    }

    /// <summary>Of a split model the first file stands for all, and sidecars go with a model.</summary>
    private static NewModelInput Of(string path) => new()
    {
        Path = ShardSet.FirstOf(path),
        Skipped = ShardSet.IsSidecar(path) ? $"'{path}' goes with a model and is none." : null,
    };
}
