namespace IdleHands.Diagnostics;

/// <summary>What the entries tell about each other. Functions of the configuration.</summary>
internal static class ConfigurationRules
{
    /// <summary>All findings.</summary>
    public static IEnumerable<DiagnosticFinding> Check(RuntimeConfiguration configuration, ModelPlaces places) =>
    [
        .. NothingConfigured(configuration),
        .. ModelUnservable(places),
        .. BackendUndeclared(places),
        .. SharedPort(places),
        .. NoFallback(configuration),
        .. FallbackDisabled(configuration),
        .. PasswordInClear(configuration),
    ];

    private static IEnumerable<DiagnosticFinding> NothingConfigured(RuntimeConfiguration configuration)
    {
        if (!configuration.Hosts.Any(host => host.Enabled))
        {
            yield return DiagnosticRule.NothingConfigured.Find(
                DiagnosticSeverity.Information,
                Subject.Machine,
                configuration.Hosts.Count == 0 ? "The configuration has no host." : "All hosts are disabled.",
                configuration.Hosts.Count == 0 ? "Initialize-IHConfiguration sets this machine up; Add-IHHost adds another." : $"Enable-IHHost {configuration.Hosts[0].Id}");
        }

        if (!configuration.Models.Any(model => model.Enabled))
        {
            yield return DiagnosticRule.NothingConfigured.Find(
                DiagnosticSeverity.Information,
                Subject.Machine,
                configuration.Models.Count == 0 ? "The configuration has no model." : "All models are disabled.",
                configuration.Models.Count == 0 ? "Initialize-IHConfiguration looks for models on this machine; Add-IHModel -Source ./model.gguf adds one by its file." : $"Enable-IHModel {configuration.Models[0].Id}");
        }
    }

    private static IEnumerable<DiagnosticFinding> ModelUnservable(ModelPlaces places) => places.Unservable.Select(one => DiagnosticRule.ModelUnservable.Find(
        DiagnosticSeverity.Error,
        Subject.Of(one.Model),
        one.Failure.Message,
        one.Failure.Recommendation ?? $"Set-IHModel {one.Model.Id} -HostPolicy any -BackendPolicy any"));

    private static IEnumerable<DiagnosticFinding> BackendUndeclared(ModelPlaces places) => places.All
        .Where(place => place.Selection.Warnings.Count > 0)
        .DistinctBy(place => (place.Host.Id, place.Selection.Backend!.Id))
        .Select(place => DiagnosticRule.BackendUndeclared.Find(
            DiagnosticSeverity.Warning,
            Subject.Of(place.Selection.Backend!, place.Host),
            $"Model '{place.Model.Id}' would run on host '{place.Host.Id}' with backend '{place.Selection.Backend!.Id}', and {string.Join("; ", place.Selection.Warnings)}.",
            $"Set-IHHost {place.Host.Id} -Backend {string.Join(", ", place.Host.Backend!.Append(place.Selection.Backend.Type))}, or keep the backend away: Set-IHBackend {place.Selection.Backend.Id} -HostFilter HOST"));

    private static IEnumerable<DiagnosticFinding> SharedPort(ModelPlaces places) => places.All
        .GroupBy(place => (place.Host.Id, place.Model.EffectivePort))
        .Where(group => group.Count() > 1)
        .Select(group => DiagnosticRule.SharedPort.Find(
            DiagnosticSeverity.Information,
            Subject.Of(group.First().Host),
            FormattableString.Invariant($"{Wording.Models([.. group.Select(place => place.Model)])} use the same port {group.Key.EffectivePort} on host '{group.Key.Id}'."),
            FormattableString.Invariant($"Nothing, where one at a time is meant; else Set-IHModel {group.Last().Model.Id} -Port {FreePort(places, group.Key.Id, group.Key.EffectivePort)}")));

    private static int FreePort(ModelPlaces places, string hostId, int port)
    {
        HashSet<int> taken = [.. places.All.Where(place => place.Host.Id == hostId).Select(place => place.Model.EffectivePort)];
        return Planning.FreePort.After(port, taken);
    }

    private static IEnumerable<DiagnosticFinding> NoFallback(RuntimeConfiguration configuration)
    {
        RuntimeModel[] models = [.. configuration.Models.Where(model => model.Enabled)];
        if (models.Length > 1 && !Array.Exists(models, model => model.Fallback is not null))
        {
            yield return DiagnosticRule.NoFallback.Find(
                DiagnosticSeverity.Information,
                Subject.Machine,
                FormattableString.Invariant($"None of the {models.Length} enabled models names a fallback."),
                $"Let the others fall back to one that is known to start: Set-IHModel {models[0].Id} -Fallback {models[1].Id}");
        }
    }

    private static IEnumerable<DiagnosticFinding> FallbackDisabled(RuntimeConfiguration configuration)
    {
        HashSet<string> disabled = [.. configuration.Models.Where(model => !model.Enabled).Select(model => model.Id)];
        return configuration.Models
            .Where(model => model.Enabled && model.Fallback is not null && disabled.Contains(model.Fallback))
            .Select(model => DiagnosticRule.FallbackDisabled.Find(
                DiagnosticSeverity.Warning,
                Subject.Of(model),
                $"Model '{model.Id}' falls back to '{model.Fallback}', which is disabled.",
                $"Enable-IHModel {model.Fallback}, or name another one: Set-IHModel {model.Id} -Fallback ID"));
    }

    private static IEnumerable<DiagnosticFinding> PasswordInClear(RuntimeConfiguration configuration) => configuration.Hosts
        .Where(host => host.Password is { Reference: null })
        .Select(host => DiagnosticRule.PasswordInClear.Find(
            DiagnosticSeverity.Warning,
            Subject.Of(host),
            $"The password of host '{host.Id}' stands in clear in the configuration file.",
            $"Keep it in a vault: Set-IHHost {host.Id} -Password (Read-Host -AsSecureString), or refer to a variable: Set-IHHost {host.Id} -Password env:NAME. Then change the password."));
}
