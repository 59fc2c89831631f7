namespace IdleHands.Hosts.Local;

/// <summary>Finds who was started by whom.</summary>
internal static class ProcessTree
{
    /// <summary>The children of these processes, their children and so on; not the processes themselves.</summary>
    public static HashSet<int> Descendants(IEnumerable<UnixProcess> all, IEnumerable<int> ancestors)
    {
        ILookup<int, int> children = all.ToLookup(child => child.ParentId, child => child.Id);
        var found = new HashSet<int>();
        var next = new Stack<int>(ancestors);
        while (next.TryPop(out int parent))
        {
            foreach (int child in children[parent].Where(found.Add))
            {
                next.Push(child);
            }
        }

        return found;
    }

    /// <summary>A process and who started it, whoever started that one and so on.</summary>
    public static HashSet<int> Lineage(IEnumerable<UnixProcess> all, int processId)
    {
        ILookup<int, int> parents = all.ToLookup(child => child.Id, child => child.ParentId);
        var found = new HashSet<int>();
        for (int id = processId; id > 0 && found.Add(id); id = parents[id].FirstOrDefault())
        {
        }

        return found;
    }
}
