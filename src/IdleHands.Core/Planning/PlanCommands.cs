using System.Net;
using System.Net.Sockets;
using IdleHands.Templates;

namespace IdleHands.Planning;

/// <summary>The commands of a selection as its host's shell will read them.</summary>
internal sealed class PlanCommands
{
    private readonly PlanSelection _selection;
    private readonly TemplateValues _values;
    private readonly ShellDialect _dialect;
    private readonly EnvironmentMap _secrets;
    private string? _start;

    /// <summary>Prepares the values of a selection's templates.</summary>
    public PlanCommands(PlanSelection selection, bool isWindows)
    {
        _selection = selection;
        (RuntimeModel model, RuntimeHost host, RuntimeBackend? backend) = (selection.Model, selection.Host, selection.Backend);
        Shell = ShellDialects.ShellOf(host, isWindows);
        _dialect = ShellDialects.Parse(Shell);
        Address = host.Transport == HostTransport.Ssh && !string.IsNullOrEmpty(host.HostName) ? host.HostName : "127.0.0.1";
        TemplateTarget = IsTemplateCopied(model, host) ? $".idlehands/templates/{model.Id}.jinja" : null;
        _secrets = new EnvironmentMap((backend?.Environment ?? EnvironmentMap.Empty).Where(pair => Secret.IsReference(pair.Value)));
        _values = new TemplateValues
        {
            Source = model.Source,
            Port = model.EffectivePort,
            Host = Address,
            ModelId = model.Id,
            HostId = host.Id,
            BackendId = backend?.Id,
            BackendEnvironment = backend?.Environment ?? EnvironmentMap.Empty,
            BackendArguments = backend?.Argument ?? NameList.Empty,
            ChatTemplate = TemplateTarget ?? model.ChatTemplate,
            ContextWindow = model.ContextWindow,
            MaxTokens = model.MaxTokens,
        };
    }

    /// <summary>The shell that reads the commands.</summary>
    public string Shell { get; }

    /// <summary>Where the host is reached: the connection's host for ssh, 127.0.0.1 otherwise.</summary>
    public string Address { get; }

    /// <summary>Where a chat template file goes on a remote host; null where none is copied.</summary>
    public string? TemplateTarget { get; }

    /// <summary>The chat template file of this machine that a start needs: to be copied, or read by a server here. Null for none.</summary>
    public string? TemplateFile => TemplateTarget is not null || IsTemplateRead ? _selection.Model.ChatTemplate : null;

    private bool IsTemplateRead => _selection is { Host.Transport: HostTransport.Local, Model.ChatTemplate: { Length: > 0 } template }
        && ChatTemplateValue.IsPath(template)
        && _selection.Model.StartCommand.Contains("{chat_template_args}", StringComparison.Ordinal);

    /// <summary>Base address for clients.</summary>
    public string Endpoint => EndpointOf(Address, _selection.Model.EffectivePort);

    /// <summary>Base address for clients of a server at an address and port.</summary>
    public static string EndpointOf(string address, int port)
    {
        bool isBareIPv6 = IPAddress.TryParse(address, out IPAddress? parsed)
            && parsed.AddressFamily == AddressFamily.InterNetworkV6
            && !address.StartsWith('[');
        return FormattableString.Invariant($"http://{(isBareIPv6 ? $"[{address}]" : address)}:{port}/v1");
    }

    /// <summary>The model's start command, rendered once: it is launched, compared and written down.</summary>
    public string Start => _start ??= OfModel(_selection.Model.StartCommand, "start", "-StartCommand")!;

    /// <summary>The model's probe command; null for the built-in probe.</summary>
    public string? Probe => OfModel(_selection.Model.ProbeCommand, "probe", "-ProbeCommand");

    /// <summary>The model's status command; null where it has none.</summary>
    public string? Status => OfModel(_selection.Model.StatusCommand, "status", "-StatusCommand");

    /// <summary>The host's check command; null where it has none.</summary>
    public string? Check => OfHost(_selection.Host.CheckCommand, "check", "-CheckCommand");

    /// <summary>The host's stop command; null where it has none.</summary>
    public string? Stop => OfHost(_selection.Host.StopCommand, "stop", "-StopCommand");

    /// <summary>The host's clean-up command; null where it has none.</summary>
    public string? Cleanup => OfHost(_selection.Host.CleanupCommand, "clean-up", "-CleanupCommand");

    /// <summary>The backend's apply command; null where it has none.</summary>
    public string? Apply => OfBackend(_selection.Backend?.ApplyCommand, "apply", "-ApplyCommand");

    /// <summary>The backend's verify command; null where it has none.</summary>
    public string? Verify => OfBackend(_selection.Backend?.VerifyCommand, "verify", "-VerifyCommand");

    /// <summary>The backend's rollback command; null where it has none.</summary>
    public string? Rollback => OfBackend(_selection.Backend?.RollbackCommand, "rollback", "-RollbackCommand");

    /// <summary>Variables of the backend whose values are secret references.</summary>
    public EnvironmentMap Secrets => _secrets;

    /// <summary>The variables to hand over beside a command because their values are secrets: none where it asks for none.</summary>
    public EnvironmentMap SecretsOf(string? template) =>
        _secrets.Count > 0 && CommandTemplate.Uses(template, "backend_env") ? _secrets : EnvironmentMap.Empty;

    private static bool IsTemplateCopied(RuntimeModel model, RuntimeHost host) =>
        host.Transport != HostTransport.Local && model.ChatTemplate is { Length: > 0 } template && ChatTemplateValue.IsPath(template);

    private string? OfModel(string? template, string what, string parameter) =>
        Render(template, what, "model", _selection.Model.Id, $"Set-IHModel -Id {_selection.Model.Id} {parameter}");

    private string? OfHost(string? template, string what, string parameter) =>
        Render(template, what, "host", _selection.Host.Id, $"Set-IHHost -Id {_selection.Host.Id} {parameter}");

    private string? OfBackend(string? template, string what, string parameter) =>
        Render(template, what, "backend", _selection.Backend?.Id, $"Set-IHBackend -Id {_selection.Backend?.Id} {parameter}");

    // An empty command is none: it would do nothing, and pass for a success.
    private string? Render(string? template, string what, string kind, string? id, string cmdlet) =>
        string.IsNullOrWhiteSpace(template)
            ? null
            : CommandTemplate.Render(
                template,
                _values,
                _dialect,
                new CommandOrigin($"the {what} command of {kind} '{id}'", $"Change the command with {cmdlet}."));
}
