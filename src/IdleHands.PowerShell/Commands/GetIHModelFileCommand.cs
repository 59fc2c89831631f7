using System.Management.Automation;
using IdleHands.Gguf;
using IdleHands.Hosts;
using IdleHands.Models;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Describes GGUF files: what a model is, how large it is, and how much memory it will need.</summary>
/// <remarks>
/// <para>Only the head of a file is read, here or on another host: metadata and the table of tensors, a few megabytes at most. The files of a split model (name-00001-of-00003.gguf) are one object, whichever of them is named; a file that lacks is an error that names it. Projectors (mmproj-*) and prediction heads (mtp-*) that lie beside a model are named as its Sidecars.</para>
/// <para>Parameters are counted from the tensors, Quantization is the type that most of them have, and FileType what the file calls itself. The memory is a range with its parts: weights, KV cache for the context window, compute buffers, and what the driver of a GPU takes. Confidence is high where all of it comes from the file; otherwise Memory.Notes says what had to be assumed.</para>
/// <para>The cache follows llama.cpp: layers with a sliding window keep the window, layers that share keep nothing, recurrent layers keep a state of fixed size.</para>
/// <para>A file that is cut off, as after a download that broke, is an error, too: its head says how long it has to be.</para>
/// </remarks>
/// <example>
/// <code>Get-IHModelFile ~/models -Recurse</code>
/// <para>Lists the models of a directory and those below it.</para>
/// </example>
/// <example>
/// <code>(Get-IHModelFile ./qwen3-coder.gguf -ContextWindow 131072 -CacheType q8_0).Memory.Parts</code>
/// <para>Shows what the memory of a model is made of, with a long context and a cache of 8 bits.</para>
/// </example>
/// <example>
/// <code>Get-IHModelFile /models/*.gguf -HostId gpu-01 | Where-Object { $_.Memory.HighGiB -lt 22 }</code>
/// <para>Finds the models on a host that need less than 22 GiB.</para>
/// </example>
/// <seealso cref="AddIHModelCommand"/>
/// <seealso cref="GetIHModelCommand"/>
/// <seealso cref="SelectIHModelCommand"/>
[Cmdlet(VerbsCommon.Get, "IHModelFile", DefaultParameterSetName = PathSet)]
[OutputType(typeof(GgufFile))]
public sealed class GetIHModelFileCommand : ConfigurationCommand
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private readonly List<(string Path, bool IsLiteral)> _places = [];
    private readonly Dictionary<string, ModelFileReader> _readers = new(StringComparer.Ordinal);
    private RuntimeHost[] _hosts = [];

    /// <summary>Files, or directories whose .gguf files are meant. Wildcards are allowed. The current directory where it is not given. With -HostId it is a path of that host, and a relative one starts at the user's home there.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = ["."];

    /// <summary>The same, taken as it is: no character is a wildcard. Files from Get-ChildItem bind to it, and models from Get-IHModel by their Source.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath", "Source")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Hosts that hold the files. Wildcards are allowed. This machine where it is not given.</summary>
    [Parameter]
    [IdsOf(EntryKinds.Host, "-HostId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(HostIdCompleter))]
    [SupportsWildcards]
    public string[]? HostId { get; set; }

    /// <summary>Look into the directories below a directory, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Context window, in tokens, that the memory is estimated for. The one that the model was trained for where it is not given.</summary>
    [Parameter]
    [ValidateRange(1, 1 << 28)]
    public int? ContextWindow { get; set; }

    /// <summary>Type of the KV cache's elements: one for keys and values, or two, that of the keys first. f16 where it is not given.</summary>
    [Parameter]
    [ValidateCount(1, 2)]
    [ValidateSet("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1")]
    public string[] CacheType { get; set; } = [IdleHands.Gguf.CacheType.Default];

    /// <inheritdoc />
    protected override void BeginProcessing()
    {
        if (HostId is not null)
        {
            _hosts = [.. Resolve(HostKind.Instance, HostId).DistinctBy(host => host.Id)];
        }
    }

    /// <inheritdoc />
    protected override void ProcessRecord()
    {
        bool isLiteral = ParameterSetName == LiteralPathSet;
        string[] paths = isLiteral ? LiteralPath : Path;
        if (HostId is not null)
        {
            // One connection to a host serves all that comes down the pipeline.
            _places.AddRange(paths.Select(path => (path, isLiteral)));
            return;
        }

        string[] resolved = [.. paths.SelectMany(path => LocalPaths.Resolve(this, path, isLiteral, WriteFailure))];
        Run(token => ShowAsync(new RuntimeHost { Id = "localhost", DisplayName = "localhost" }, resolved.Select(path => (path, true)), token));
    }

    /// <inheritdoc />
    protected override void EndProcessing()
    {
        if (_places.Count > 0)
        {
            foreach (RuntimeHost host in _hosts)
            {
                _readers[host.Id] = new ModelFileReader(Request);
            }

            Run(token => Task.WhenAll(_hosts.Select(host => ShowOrFailAsync(host, token))));
        }
    }

    private MemoryRequest Request => new()
    {
        ContextWindow = ContextWindow,
        KeyType = CacheType[0].ToLowerInvariant(),
        ValueType = CacheType[^1].ToLowerInvariant(),
    };

    /// <summary>A host that can't be reached is an error of its own; the others answer.</summary>
    private async Task ShowOrFailAsync(RuntimeHost host, CancellationToken cancellationToken)
    {
        try
        {
            await ShowAsync(host, _places, cancellationToken).ConfigureAwait(false);
        }
        catch (IdleHandsException exception)
        {
            WriteFailure(exception, host.Id);
        }
    }

    private async Task ShowAsync(RuntimeHost host, IEnumerable<(string Path, bool IsLiteral)> places, CancellationToken cancellationToken)
    {
        IHostConnection connection = Connect(host);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (!_readers.TryGetValue(host.Id, out ModelFileReader? reader))
        {
            _readers[host.Id] = reader = new ModelFileReader(Request);
        }

        foreach ((string path, bool isLiteral) in places)
        {
            FileSearch found = await reader.FindAsync(connection, path, isLiteral, Recurse, cancellationToken).ConfigureAwait(false);
            WriteVerbose($"'{path}' names {found.Files.Count} file(s) on host '{host.Id}', of which {found.Models.Count} are read.");
            foreach (string file in found.Models)
            {
                await ShowAsync(reader, connection, file, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ShowAsync(ModelFileReader reader, IHostConnection connection, string file, CancellationToken cancellationToken)
    {
        try
        {
            GgufFile model = await reader.ReadAsync(connection, file, cancellationToken).ConfigureAwait(false);
            WriteObject(HostId is null ? model : model with { HostId = connection.HostId });
        }
        catch (IdleHandsException exception) when (exception.Kind is FailureKind.NotFound or FailureKind.InvalidData or FailureKind.Permission)
        {
            WriteFailure(exception);
        }
    }
}
