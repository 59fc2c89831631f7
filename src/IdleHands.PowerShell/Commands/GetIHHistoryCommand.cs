using System.Management.Automation;
using IdleHands.Configuration;
using IdleHands.Execution;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Errors;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>Shows past selects and stops, the latest last.</summary>
/// <remarks>
/// <para>Each entry has the plan as it was made, what each step did and how long it took, how it ended and why, and who did it. A select that was killed has the status Unfinished, and so has one that still runs.</para>
/// <para>The history is a file of the state directory, journal.jsonl. Many sessions may write it at once; when it has grown beyond 4 MiB, the older half is let go. It holds no secret. A broken configuration does not matter here.</para>
/// </remarks>
/// <example>
/// <code>Get-IHHistory -Last 10</code>
/// <para>Shows the last ten selects and stops of all models.</para>
/// </example>
/// <example>
/// <code>Get-IHHistory qwen* | Where-Object Status -eq Failed | Group-Object Cause</code>
/// <para>Tells why models of a family failed to start, and how often.</para>
/// </example>
/// <example>
/// <code>(Get-IHHistory coder -Last 1).Steps | Sort-Object Duration -Descending</code>
/// <para>Shows where the time of the last select of a model went.</para>
/// </example>
/// <seealso cref="SelectIHModelCommand"/>
/// <seealso cref="GetIHRuntimeCommand"/>
[Cmdlet(VerbsCommon.Get, "IHHistory")]
[OutputType(typeof(HistoryEntry))]
public sealed class GetIHHistoryCommand : AsyncPSCmdlet
{
    private readonly List<string> _patterns = [];

    /// <summary>Only what was asked of these models. Wildcards are allowed. All where it is not given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [IdsOf(EntryKinds.Model, "Get-IHHistory", TakesNews = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    [SupportsWildcards]
    public string[]? Id { get; set; }

    /// <summary>Only the latest entries: this many of all that are meant.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Last { get; set; }

    /// <inheritdoc />
    protected override void ProcessRecord() => _patterns.AddRange(Id ?? []);

    /// <inheritdoc />
    protected override void EndProcessing() => Run(token =>
    {
        IReadOnlyList<HistoryEntry> all = new Journal(IdleHandsPaths.FromEnvironment().JournalFile).Read();
        HistoryEntry[] meant = Id is null && !MyInvocation.ExpectingInput ? [.. all] : Find(all);
        foreach (HistoryEntry entry in meant.TakeLast(Last ?? meant.Length))
        {
            token.ThrowIfCancellationRequested();
            WriteObject(entry);
        }

        return Task.CompletedTask;
    });

    /// <summary>The entries of the models that are meant, in their order. A literal id without any is an error; a wildcard is silent.</summary>
    private HistoryEntry[] Find(IReadOnlyList<HistoryEntry> all)
    {
        var found = new HashSet<HistoryEntry>(ReferenceEqualityComparer.Instance);
        foreach (string pattern in _patterns.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            HistoryEntry[] matches = Matches(all, entry => entry.Id, pattern);
            found.UnionWith(matches);
            if (matches.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(pattern))
            {
                WriteFailure(Failures.HistoryNotFound(pattern));
            }
        }

        return all.Where(found.Contains).ToArray();
    }
}
