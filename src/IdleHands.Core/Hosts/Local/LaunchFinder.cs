using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace IdleHands.Hosts.Local;

/// <summary>Tells the processes of a launch from all others on a Unix machine.</summary>
/// <param name="processes">The processes of the machine.</param>
/// <param name="ownId">Who looks: neither it nor whoever started it is ever taken for a launch.</param>
internal sealed class LaunchFinder(IProcessView processes, int ownId)
{
    /// <summary>Name of the variable by which a launch hands its id down.</summary>
    public const string Mark = "IDLEHANDS_LAUNCH_ID";

    /// <summary>
    /// How long a session that was seen empty may be taken for one that was not: a look is no snapshot, and misses who was
    /// started during it by somebody who had ended when it came to him. A number is not used again as soon as that.
    /// </summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Launches of this process whose session has not been seen empty, so that its number can't have been used again; and
    /// since when it has been, for those that may only have been missed. 0: never.
    /// </summary>
    private static readonly ConcurrentDictionary<string, long> Watched = new(StringComparer.Ordinal);

    /// <summary>Notes that a launch is seen from its start.</summary>
    public static void Watch(string launchId) => Watched[launchId] = 0;

    /// <summary>A start time as records keep it.</summary>
    public static string StartTimeOf(UnixProcess process) => process.StartTime.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// The living processes of a launch, and of nothing else; empty when it is gone. Those that left its session are
    /// looked for only when <paramref name="everywhere"/> is asked for, or nobody is left in the session.
    /// </summary>
    public IReadOnlyList<int> Find(LaunchRecord launch, bool everywhere)
    {
        if (launch.BootId != processes.BootId)
        {
            return [];
        }

        if (launch.IsAdopted)
        {
            return FindAdopted(launch);
        }

        int[] members = FindInSession(launch);
        if (members.Length > 0 && !everywhere)
        {
            return members;
        }

        // A start command that opens a session of its own (setsid, a daemon) hands the launch id down, stays a child, or
        // was known when its server was ready. PowerShell itself may have inherited the id, from a terminal in a tmux
        // server that a start command brought up.
        UnixProcess[] all = processes.All().ToArray();
        HashSet<int> own = ProcessTree.Lineage(all, ownId);
        int[] known = Known(all, launch);
        int[] marked = Ids(all.Where(process => !own.Contains(process.Id) && CarriesId(process.Id, launch) == true));
        return members.Union(known).Union(marked).Union(ProcessTree.Descendants(all, members.Union(known))).ToArray();
    }

    /// <summary>Processes with their start times, as <see cref="LaunchRecord.KnownProcesses"/> keeps them.</summary>
    public NameList Identify(IReadOnlyList<int> processIds) =>
        NameList.From(processIds.Select(processes.Find).OfType<UnixProcess>().Select(Identity));

    /// <summary>
    /// The members of the launch's session. When its leader is gone, its number can't tell a survivor of ours from a
    /// stranger's session that got the number later: then the launch's id in the environment does, or that the process
    /// was written down, or that this process has watched the session from its start and never found it empty.
    /// </summary>
    private int[] FindInSession(LaunchRecord launch)
    {
        var members = processes.OfSession(launch.ProcessId);
        var leader = members.FirstOrDefault(member => member.Id == launch.ProcessId);
        if (leader.Id != 0)
        {
            return StartTimeOf(leader) == launch.StartTime ? Ids(members) : [];
        }

        bool isWatched = IsWatched(launch.LaunchId, isEmpty: members.Count == 0);
        return Ids(members.Where(member => CarriesId(member.Id, launch) ?? (isWatched || launch.KnownProcesses.Contains(Identity(member)))));
    }

    private static bool IsWatched(string launchId, bool isEmpty)
    {
        if (!Watched.TryGetValue(launchId, out long emptySince))
        {
            return false;
        }

        if (emptySince > 0 && Stopwatch.GetElapsedTime(emptySince) > Settling)
        {
            Watched.TryRemove(launchId, out _);
            return false;
        }

        if (!isEmpty || emptySince == 0)
        {
            Watched.TryUpdate(launchId, isEmpty ? Stopwatch.GetTimestamp() : 0, emptySince);
        }

        return true;
    }

    /// <summary>The process that was adopted and its children; when it has ended, those of them that were seen at the adoption.</summary>
    private int[] FindAdopted(LaunchRecord launch)
    {
        UnixProcess[] all = processes.All().ToArray();
        int[] root = Ids(all.Where(process => process.Id == launch.ProcessId && StartTimeOf(process) == launch.StartTime));
        return root.Union(Known(all, launch)).Union(ProcessTree.Descendants(all, root)).ToArray();
    }

    private static int[] Known(IEnumerable<UnixProcess> all, LaunchRecord launch) =>
        launch.KnownProcesses.Count == 0 ? [] : Ids(all.Where(process => launch.KnownProcesses.Contains(Identity(process))));

    private static int[] Ids(IEnumerable<UnixProcess> members) => members.Select(member => member.Id).ToArray();

    private static string Identity(UnixProcess process) => string.Create(CultureInfo.InvariantCulture, $"{process.Id}:{process.StartTime}");

    /// <summary>Whether a process carries the launch's id; null where it carries none (env -i, a rewritten title) or hides it.</summary>
    private bool? CarriesId(int processId, LaunchRecord launch) =>
        processes.TryReadEnvironment(processId, Mark, out string? launchId) && launchId is not null ? launchId == launch.LaunchId : null;
}
