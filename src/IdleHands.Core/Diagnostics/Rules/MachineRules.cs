namespace IdleHands.Diagnostics;

/// <summary>What the files of this machine tell. Functions of what was seen.</summary>
internal static class MachineRules
{
    private const UnixFileMode OthersMayRead = UnixFileMode.OtherRead;
    private const UnixFileMode OthersMayWrite = UnixFileMode.OtherWrite;

    /// <summary>All findings.</summary>
    public static IEnumerable<DiagnosticFinding> Check(MachineLook look, ModelPlaces places) =>
    [
        .. DirectoryRules.Check(look.State, Subject.Machine, "this machine", "Make it writable for this user, or set IDLEHANDS_STATE_DIR to another directory."),
        .. Modes(look),
        .. Templates(look, places),
    ];

    private static IEnumerable<DiagnosticFinding> Modes(MachineLook look)
    {
        foreach ((string path, UnixFileMode mode, bool isConfiguration) in look.Modes)
        {
            bool isDirectory = Directory.Exists(path);
            string octal = Convert.ToString((int)mode, 8);
            string mend = $"chmod {(isDirectory ? "700" : "600")} '{path}'";
            if (isConfiguration && (mode & OthersMayWrite) != 0)
            {
                yield return DiagnosticRule.FilesWritableByOthers.Find(DiagnosticSeverity.Error, Subject.Machine, $"Any user of this machine may write to '{path}' (mode {octal}).", mend);
            }
            else if ((mode & OthersMayRead) != 0)
            {
                yield return DiagnosticRule.FilesOpenToOthers.Find(DiagnosticSeverity.Warning, Subject.Machine, $"Any user of this machine may read '{path}' (mode {octal}).", mend);
            }
        }
    }

    private static IEnumerable<DiagnosticFinding> Templates(MachineLook look, ModelPlaces places) => places.All
        .Where(place => place.Commands.TemplateFile is { } file && look.MissingTemplates.ContainsKey(file))
        .DistinctBy(place => place.Model.Id)
        .Select(place => DiagnosticRule.ChatTemplateMissing.Find(
            DiagnosticSeverity.Error,
            Subject.Of(place.Model),
            $"The chat template of model '{place.Model.Id}' can't be read on this machine: {look.MissingTemplates[place.Model.ChatTemplate!]}",
            $"Put it there, or correct the path: Set-IHModel {place.Model.Id} -ChatTemplate /path/to/template.jinja"));
}
