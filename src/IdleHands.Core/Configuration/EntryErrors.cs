namespace IdleHands.Configuration;

/// <summary>The failures of edits.</summary>
internal static class EntryErrors
{
    private const int ReferrersShown = 10;

    public static IdleHandsException Exists<T>(EntrySection<T> section, string id)
        where T : class =>
        new(
            $"{section.Noun}Exists",
            FailureKind.AlreadyExists,
            $"There is a {section.Word} '{id}' already.",
            $"Set-IH{section.Noun} changes it; to add another, give another id.",
            id);

    public static IdleHandsException NotFound<T>(EntrySection<T> section, string id)
        where T : class =>
        new(
            $"{section.Noun}NotFound",
            FailureKind.NotFound,
            $"There is no {section.Word} '{id}'.",
            $"Get-IH{section.Noun} lists those there are.",
            id);

    public static IdleHandsException Invalid<T>(EntrySection<T> section, T entry, string deed, IReadOnlyList<ConfigurationFinding> findings)
        where T : class =>
        ConfigurationException.InvalidEntry(
            $"{section.Noun}Invalid",
            $"The {section.Word} '{section.GetId(entry)}' was not {deed}",
            $"Correct the value. Get-Help Add-IH{section.Noun} tells what each may be.",
            entry,
            findings);

    public static IdleHandsException Renamed<T>(EntrySection<T> section, string id, string? newId)
        where T : class =>
        new(
            $"{section.Noun}Invalid",
            FailureKind.InvalidArgument,
            $"The id of {section.Word} '{id}' can't be changed to '{newId}': an id is what others refer to.",
            $"Add-IH{section.Noun} adds a copy of another id; Remove-IH{section.Noun} removes the old one.",
            id);

    public static IdleHandsException InUse<T>(EntrySection<T> section, string id, IEnumerable<EntryReference> references, bool removeReferences)
        where T : class
    {
        List<string> referrers = references.Select(reference => reference.Referrer).ToList();
        string shown = string.Join(", ", referrers.Take(ReferrersShown));
        string more = referrers.Count > ReferrersShown ? $" and {referrers.Count - ReferrersShown} more" : string.Empty;
        string message = removeReferences
            ? $"The {section.Word} '{id}' can't be removed: it would leave nothing in {shown}{more}, and an empty list can never be met."
            : $"The {section.Word} '{id}' can't be removed: it is still named in {shown}{more}.";
        string recommendation = removeReferences
            ? "Name another there first, with Set-IHModel or Set-IHBackend, or allow any."
            : $"Remove-IH{section.Noun} {id} -RemoveReferences takes it out of these too.";
        return new IdleHandsException($"{section.Noun}InUse", FailureKind.Failed, message, recommendation, id);
    }
}
