using System.Globalization;
using IdleHands.Setup;

namespace IdleHands.PowerShell.Setup;

/// <summary>Writes what was found, and what is proposed, as a table for people.</summary>
internal static class SetupSummary
{
    private const int NameWidth = 32;
    private const int LinesOfModels = 40;

    /// <summary>What was found.</summary>
    public static IEnumerable<string> Found(SetupProposal proposal)
    {
        SetupFindings findings = proposal.Findings;
        yield return $"Found on {findings.MachineName}:";
        yield return Row("GPU", findings.Survey.KnownGpus.Count == 0
            ? "none was found: set up for the processor"
            : string.Join(", ", findings.Survey.KnownGpus.GroupBy(gpu => gpu).Select(same => Gpu(same.Key, same.Count()))));
        foreach (string remark in findings.Survey.Remarks)
        {
            yield return Row(string.Empty, remark);
        }

        if (findings.Survey.IsEngineBlind)
        {
            yield return Row(string.Empty, "llama-server was built without any use for them: set up for the processor");
        }

        string[] engines = [.. Engines.EngineCatalog.All.Where(engine => engine.Program is { } program && findings.Survey.Programs.Contains(program)).Select(engine => engine.Name)];
        yield return Row("Engines", engines.Length == 0 ? $"none on PATH. {EngineChoice.HowToGet(findings.Survey.Platform)}" : string.Join(", ", engines));
        yield return Row("Models", Models(findings));
        if (proposal.Unservable > 0 && engines.Length > 0)
        {
            yield return Row(string.Empty, $"{proposal.Unservable} of them can't be served by these. {EngineChoice.HowToGet(findings.Survey.Platform)}");
        }

        foreach (string remark in findings.Models.Remarks.Concat(proposal.Skipped))
        {
            yield return Row(string.Empty, remark);
        }

        foreach (RunningServer server in findings.Servers)
        {
            yield return Row("Server", $"{Server(server)}{(server.Obstacle is { } why ? $": left alone, because {why}" : string.Empty)}");
        }
    }

    /// <summary>What is proposed.</summary>
    public static IEnumerable<string> Proposed(SetupProposal proposal, string path)
    {
        if (proposal.IsEmpty)
        {
            yield return $"Nothing of it is new to {path}.";
            yield break;
        }

        yield return $"Proposed for {path}:";
        if (proposal.NewHost is { } host)
        {
            yield return Line("Host", host.Id, host.VramGB is { } memory ? string.Create(CultureInfo.InvariantCulture, $"this machine, {memory:0.#} GiB of GPU memory") : "this machine");
        }

        foreach (RuntimeBackend backend in proposal.NewBackends)
        {
            yield return Line("Backend", backend.Id, backend.VerifyCommand is null ? backend.DisplayName : $"{backend.DisplayName}, verified by {backend.VerifyCommand}");
        }

        foreach (ProposedModel model in proposal.NewModels.Take(LinesOfModels))
        {
            yield return Line("Model", model.Entry.Id, Describe(model));
        }

        if (proposal.NewModels.Count > LinesOfModels)
        {
            yield return $"  and {proposal.NewModels.Count - LinesOfModels} models more";
        }

        if (proposal.KeepsBackends)
        {
            yield return $"  Models that are there keep their backends. To move one: Set-IHModel ID -BackendPolicy {string.Join(", ", proposal.NewBackends.Select(backend => backend.Id))}";
        }

        if (proposal.KnownModels > 0)
        {
            yield return $"  {proposal.KnownModels} of the models found are in the configuration already.";
        }
    }

    /// <summary>A model in a few words.</summary>
    public static string Describe(ProposedModel model) => model.File is null
        ? $"{model.Place}{(model.Server is { } server ? $", {server.Kind ?? "a server"}" : string.Empty)}"
        : string.Create(CultureInfo.InvariantCulture, $"{model.File.SizeGiB,6:0.00} GiB, port {model.Entry.Port}, {model.Place}");

    /// <summary>A running server in a few words.</summary>
    public static string Server(RunningServer server) =>
        string.Create(CultureInfo.InvariantCulture, $"{server.Kind ?? "a model server"} on port {server.Port}{(server.ModelIds.Count == 1 ? $" serves {server.ModelIds[0]}" : string.Empty)}");

    private static string Models(SetupFindings findings)
    {
        string looked = findings.Models.Looked.Count == 0 ? "none of the usual directories is there" : $"looked in {string.Join(", ", findings.Models.Looked)}";
        int count = findings.Models.Models.Count;
        string places = string.Join(", ", findings.Models.Models.GroupBy(model => model.Place).Select(place => $"{place.Key} {place.Count()}"));
        return count == 0 ? $"none ({looked}); -ModelPath names other directories" : $"{count} ({places})";
    }

    private static string Gpu(FoundGpu gpu, int count) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(count > 1 ? $"{count} x " : string.Empty)}{gpu.Name}{(gpu.MemoryMiB is { } memory ? $" ({memory / 1024d:0.#} GiB)" : string.Empty)}");

    private static string Row(string name, string text) => $"  {name,-8} {text}";

    private static string Line(string kind, string id, string text) => $"  {kind,-8} {id.PadRight(NameWidth)} {text}";
}
