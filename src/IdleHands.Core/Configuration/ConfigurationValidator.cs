using IdleHands.Configuration.Json;

namespace IdleHands.Configuration;

/// <summary>The rules of a configuration, as a pure function: used on what was read and on what is to be written.</summary>
internal static class ConfigurationValidator
{
    /// <summary>All that breaks a rule; empty where nothing does.</summary>
    public static IReadOnlyList<ConfigurationFinding> Validate(RuntimeConfiguration configuration)
    {
        var findings = new EntryFindings();
        KnownIds known = KnownIds.Of(configuration);
        CheckSection(EntrySection.Hosts, configuration, known, findings);
        CheckSection(EntrySection.Backends, configuration, known, findings);
        CheckSection(EntrySection.Models, configuration, known, findings);
        foreach (FallbackCycle cycle in FallbackCycle.FindAll(configuration.Models, known.Models))
        {
            findings.Enter("models", cycle.ModelIndexes.Min());
            findings.Add("fallback", cycle.Message);
        }

        return findings.List;
    }

    /// <summary>Checks one host.</summary>
    public static void CheckHost(RuntimeHost host, EntryFindings findings)
    {
        EntryRules.CheckPolicyId(findings, host.Id);
        EntryRules.CheckRequired(findings, "display_name", host.DisplayName);
        EntryRules.CheckText(findings, "display_name", host.DisplayName);
        if (EntryRules.CheckRequired(findings, "transport", host.Transport))
        {
            EntryRules.CheckWord(findings, "transport", host.Transport, HostTransport.All);
        }

        EntryRules.CheckWord(findings, "shell", host.Shell, HostShell.All);
        CheckConnection(host, findings);
        if (host.VramGB is { } memory && !(memory >= 0 && double.IsFinite(memory)))
        {
            findings.Add("capabilities.vram_gb", FormattableString.Invariant($"{memory} is not an amount of memory in GB."));
        }

        EntryRules.CheckTexts(findings, "capabilities.gpu", host.Gpu);
        EntryRules.CheckTexts(findings, "capabilities.backends", host.Backend);
        EntryRules.CheckSeconds(findings, "health.timeout_sec", host.CheckTimeoutSec);
        EntryRules.CheckHostCommand(findings, "health.check_cmd", host.CheckCommand);
        EntryRules.CheckCommand(findings, "model_control.stop_cmd", host.StopCommand);
        EntryRules.CheckCommand(findings, "model_control.cleanup_cmd", host.CleanupCommand);
        EntryRules.CheckSeconds(findings, "model_control.drain_sec", host.DrainSec, least: 0);
        EntryRules.CheckSeconds(findings, "model_control.stop_grace_sec", host.StopGraceSec);
    }

    /// <summary>Checks one backend.</summary>
    public static void CheckBackend(RuntimeBackend backend, KnownIds known, EntryFindings findings)
    {
        EntryRules.CheckPolicyId(findings, backend.Id);
        EntryRules.CheckRequired(findings, "display_name", backend.DisplayName);
        EntryRules.CheckText(findings, "display_name", backend.DisplayName);
        if (EntryRules.CheckRequired(findings, "type", backend.Type))
        {
            EntryRules.CheckWord(findings, "type", backend.Type, BackendType.All);
        }

        EntryRules.CheckPolicy(findings, "host_filters", backend.HostFilter, known.Hosts, "host");
        EntryRules.CheckCommand(findings, "apply_cmd", backend.ApplyCommand);
        EntryRules.CheckCommand(findings, "verify_cmd", backend.VerifyCommand);
        EntryRules.CheckCommand(findings, "rollback_cmd", backend.RollbackCommand);
        EntryRules.CheckEnvironment(findings, "env", backend.Environment);
        EntryRules.CheckTexts(findings, "args", backend.Argument);
    }

    /// <summary>Checks one model.</summary>
    public static void CheckModel(RuntimeModel model, KnownIds known, EntryFindings findings)
    {
        EntryRules.CheckId(findings, model.Id);
        EntryRules.CheckRequired(findings, "display_name", model.DisplayName);
        EntryRules.CheckText(findings, "display_name", model.DisplayName);
        EntryRules.CheckFilled(findings, "source", model.Source);
        EntryRules.CheckText(findings, "source", model.Source);
        EntryRules.CheckPolicy(findings, "host_policy", model.HostPolicy, known.Hosts, "host");
        EntryRules.CheckPolicy(findings, "backend_policy", model.BackendPolicy, known.Backends, "backend");
        EntryRules.CheckFilled(findings, "launch.start_cmd", model.StartCommand);
        EntryRules.CheckCommand(findings, "launch.start_cmd", model.StartCommand);
        EntryRules.CheckCommand(findings, "launch.probe_cmd", model.ProbeCommand);
        EntryRules.CheckCommand(findings, "launch.status_cmd", model.StatusCommand);
        EntryRules.CheckSeconds(findings, "launch.probe_timeout_sec", model.ProbeTimeoutSec);
        EntryRules.CheckPositive(findings, "launch.probe_interval_ms", model.ProbeIntervalMs);
        EntryRules.CheckPort(findings, "runtime_defaults.port", model.Port);
        EntryRules.CheckPositive(findings, "runtime_defaults.context_window", model.ContextWindow);
        EntryRules.CheckPositive(findings, "runtime_defaults.max_tokens", model.MaxTokens);
        EntryRules.CheckText(findings, "served_name", model.ServedName);
        EntryRules.CheckText(findings, "chat_template", model.ChatTemplate);
        EntryRules.CheckWord(findings, "thinking_mode", model.ThinkingMode, ThinkingMode.All);
        if (model.Fallback is not null && !known.Models.ContainsKey(model.Fallback))
        {
            findings.Add("fallback", $"there is no model '{model.Fallback}'.");
        }

        CheckSplit(model, known, findings);
    }

    private static void CheckSection<T>(EntrySection<T> section, RuntimeConfiguration configuration, KnownIds known, EntryFindings findings)
        where T : class
    {
        IReadOnlyList<T> entries = section.Get(configuration);
        Dictionary<string, int> own = section.GetIndexes(known);
        for (int index = 0; index < entries.Count; index++)
        {
            findings.Enter(section.Name, index);
            section.Check(entries[index], known, findings);
            if (section.GetId(entries[index]) is { } id && own[id] != index)
            {
                findings.Add("id", $"'{id}' is the id of {section.Name}[{own[id]}] already.");
            }
        }
    }

    private static void CheckConnection(RuntimeHost host, EntryFindings findings)
    {
        EntryRules.CheckPort(findings, "connection.port", host.Port);
        EntryRules.CheckNoOption(findings, "connection.host", host.HostName);
        EntryRules.CheckNoOption(findings, "connection.user", host.UserName);
        EntryRules.CheckText(findings, "connection.host", host.HostName);
        EntryRules.CheckText(findings, "connection.user", host.UserName);
        EntryRules.CheckSecret(findings, "connection.key_path", host.KeyPath);
        EntryRules.CheckSecret(findings, "connection.password", host.Password?.Reveal());
        EntryRules.CheckTexts(findings, "connection.options", host.SshOption);
        EntryRules.CheckTexts(findings, "connection.exec", host.ExecPrefix);
        if (host.Transport == HostTransport.Ssh && string.IsNullOrWhiteSpace(host.HostName))
        {
            findings.Add("connection.host", "it is missing; transport 'ssh' needs the name or address to connect to.");
        }

        if (host.Transport == HostTransport.Exec && (host.ExecPrefix is not { Count: > 0 } || string.IsNullOrWhiteSpace(host.ExecPrefix[0])))
        {
            findings.Add("connection.exec", "it is missing; transport 'exec' needs the command that commands are handed to.");
        }
    }

    private static void CheckSplit(RuntimeModel model, KnownIds known, EntryFindings findings)
    {
        if (model.SplitPolicy is not { } split)
        {
            return;
        }

        if (!SplitPolicyText.TryReadHosts(split.Json, out NameList hosts, out string problem))
        {
            findings.Add("split_policy", problem);
        }

        EntryRules.CheckReferences(findings, "split_policy.hosts", hosts, known.Hosts, "host");
    }
}
