using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IdleHands.Planning;

/// <summary>
/// Collects named values and hashes them. Each is written with its length, so that no two different sets give the same
/// text, and without regard to the culture, so that two sessions agree.
/// </summary>
internal sealed class PlanHash
{
    private readonly StringBuilder _text = new(1024);

    /// <summary>Hash of the entries that a plan is made from. Secrets count by their reference.</summary>
    public static string OfConfiguration(RuntimeModel model, RuntimeHost host, RuntimeBackend? backend)
    {
        var hash = new PlanHash();
        hash.AddModel(model);
        hash.AddHost(host);
        if (backend is not null)
        {
            hash.AddBackend(backend);
        }

        return hash.Compute();
    }

    /// <summary>Hash of what runs; <c>none</c> for nothing.</summary>
    public static string OfState(ActiveRuntime? active, PlanFacts facts)
    {
        if (active is null && facts is { Found: null, Leftovers.Count: 0 })
        {
            return "none";
        }

        return new PlanHash()
            .Add("found", facts.Found?.Launch?.LaunchId ?? facts.Found?.Description)
            .Add("leftovers", NameList.From(facts.Leftovers.Select(leftover => leftover.Launch!.LaunchId)))
            .AddActive(active)
            .Compute();
    }

    private PlanHash AddActive(ActiveRuntime? active) => active is null
        ? this
        : Add("id", active.Id)
            .Add("host", active.HostId)
            .Add("backend", active.BackendId)
            .Add("endpoint", active.Endpoint)
            .Add("status", active.Status)
            .Add("port", active.Port)
            .Add("started", active.StartedAt.ToUniversalTime().Ticks)
            .Add("fingerprint", active.Fingerprint)
            .Add("launch", active.Launch?.LaunchId)
            .Add("stop", active.StopCommand)
            .Add("cleanup", active.CleanupCommand);

    /// <summary>Hash of what is launched: the shell, the command as rendered and the references handed over beside it.</summary>
    public static string OfLaunch(string shell, string command, EnvironmentMap secretEnvironment) => new PlanHash()
        .Add("shell", shell)
        .Add("command", command)
        .Add("secrets", secretEnvironment)
        .Compute();

    private void AddModel(RuntimeModel model) => Add("model", model.Id)
        .Add("display_name", model.DisplayName)
        .Add("enabled", model.Enabled)
        .Add("source", model.Source)
        .Add("host_policy", model.HostPolicy)
        .Add("backend_policy", model.BackendPolicy)
        .Add("start_cmd", model.StartCommand)
        .Add("probe_cmd", model.ProbeCommand)
        .Add("probe_timeout_sec", model.ProbeTimeoutSec)
        .Add("probe_interval_ms", model.ProbeIntervalMs)
        .Add("status_cmd", model.StatusCommand)
        .Add("port", model.Port)
        .Add("context_window", model.ContextWindow)
        .Add("max_tokens", model.MaxTokens)
        .Add("served_name", model.ServedName)
        .Add("chat_template", model.ChatTemplate)
        .Add("fallback", model.Fallback)
        .Add("thinking_mode", model.ThinkingMode)
        .Add("split_policy", model.SplitPolicy?.Json);

    private void AddHost(RuntimeHost host) => Add("host", host.Id)
        .Add("display_name", host.DisplayName)
        .Add("enabled", host.Enabled)
        .Add("transport", host.Transport)
        .Add("shell", host.Shell)
        .Add("connection_host", host.HostName)
        .Add("connection_port", host.Port)
        .Add("user", host.UserName)
        .Add("key_path", host.KeyPath)
        .Add("password", host.Password)
        .Add("options", host.SshOption)
        .Add("exec", host.ExecPrefix)
        .Add("gpu", host.Gpu)
        .Add("vram_gb", host.VramGB)
        .Add("backends", host.Backend)
        .Add("check_cmd", host.CheckCommand)
        .Add("timeout_sec", host.CheckTimeoutSec)
        .Add("stop_cmd", host.StopCommand)
        .Add("cleanup_cmd", host.CleanupCommand)
        .Add("drain_sec", host.DrainSec)
        .Add("stop_grace_sec", host.StopGraceSec);

    private void AddBackend(RuntimeBackend backend) => Add("backend", backend.Id)
        .Add("display_name", backend.DisplayName)
        .Add("enabled", backend.Enabled)
        .Add("type", backend.Type)
        .Add("host_filters", backend.HostFilter)
        .Add("apply_cmd", backend.ApplyCommand)
        .Add("verify_cmd", backend.VerifyCommand)
        .Add("rollback_cmd", backend.RollbackCommand)
        .Add("verify_always", backend.VerifyAlways)
        .Add("env", backend.Environment)
        .Add("args", backend.Argument);

    private PlanHash Add(string name, object? value)
    {
        switch (value)
        {
            case null:
                AddText(name, null);
                break;
            case IdPolicy policy:
                AddText(name, policy.IsAny ? "any" : "list");
                AddList(name, policy);
                break;
            case EnvironmentMap variables:
                AddList(name, [.. variables.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value })]);
                break;
            case NameList names:
                AddList(name, names);
                break;
            default:
                AddText(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }

        return this;
    }

    private void AddList(string name, IReadOnlyCollection<string> values)
    {
        AddText(name, values.Count.ToString(CultureInfo.InvariantCulture));
        foreach (string value in values)
        {
            AddText(name, value);
        }
    }

    private void AddText(string name, string? value)
    {
        _text.Append(name).Append('=');
        if (value is not null)
        {
            _text.Append(CultureInfo.InvariantCulture, $"{value.Length}:{value}");
        }

        _text.Append('\n');
    }

    private string Compute() => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString())));
}
