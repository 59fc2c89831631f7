using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>The values of a model, as parameters of the cmdlets that add and change one.</summary>
public abstract class ModelValuesCommand : ChangeCommand<RuntimeModel>
{
    /// <summary>Name shown to people. The id where it is not given.</summary>
    [Parameter]
    public string? DisplayName { get; set; }

    /// <summary>Hosts that it may run on: any (the default), or ids in order of preference.</summary>
    [Parameter]
    [PolicyOf(EntryKinds.Host, "HostPolicy")]
    [ArgumentCompleter(typeof(HostPolicyCompleter))]
    public string[]? HostPolicy { get; set; }

    /// <summary>Backends that it may run with: any (the default), or ids in order of preference.</summary>
    [Parameter]
    [PolicyOf(EntryKinds.Backend, "BackendPolicy")]
    [ArgumentCompleter(typeof(BackendPolicyCompleter))]
    public string[]? BackendPolicy { get; set; }

    /// <summary>Command template that tells whether the server is ready: exit code 0. The built-in HTTP probe where it is not given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? ProbeCommand { get; set; }

    /// <summary>Limit of the wait for readiness, in seconds. Derived from the size of the weights where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? ProbeTimeoutSec { get; set; }

    /// <summary>Pause between two probes, in milliseconds. Derived from the size of the weights where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? ProbeIntervalMs { get; set; }

    /// <summary>Command template that tells whether a service still runs: exit code 0. For start commands that hand over to one, such as docker run -d.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? StatusCommand { get; set; }

    /// <summary>Port that the server listens on. 8080 where it is not given.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? Port { get; set; }

    /// <summary>Context window, in tokens; {context_window} in commands.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? ContextWindow { get; set; }

    /// <summary>Most tokens that a reply may have; {max_tokens} in commands.</summary>
    [Parameter]
    [EmptyIsNull]
    public int? MaxTokens { get; set; }

    /// <summary>Id that the server answers with, where it is neither the model's id nor its file.</summary>
    [Parameter]
    public string? ServedName { get; set; }

    /// <summary>Chat template: a built-in name, or a path (it has a separator or ends in .jinja).</summary>
    [Parameter]
    public string? ChatTemplate { get; set; }

    /// <summary>Whether the model thinks before it answers: default, think or no_think.</summary>
    [Parameter]
    [OneOf(ClosedSets.ThinkingMode)]
    [ArgumentCompleter(typeof(WordCompleter))]
    public string? ThinkingMode { get; set; }

    /// <summary>Id of the model that is tried when this one fails to start.</summary>
    [Parameter]
    [IdOf(EntryKinds.Model, "Fallback")]
    [ArgumentCompleter(typeof(ModelIdCompleter))]
    public string? Fallback { get; set; }

    private protected override EntryKind<RuntimeModel> Kind => ModelKind.Instance;
}
