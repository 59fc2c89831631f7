using System.Collections;
using System.Management.Automation;
using IdleHands.PowerShell.Completers;
using IdleHands.PowerShell.Entries;
using IdleHands.PowerShell.Transforms;

namespace IdleHands.PowerShell.Commands;

/// <summary>The values of a backend, as parameters of the cmdlets that add and change one.</summary>
public abstract class BackendValuesCommand : ChangeCommand<RuntimeBackend>
{
    /// <summary>Name shown to people. The id where it is not given.</summary>
    [Parameter]
    public string? DisplayName { get; set; }

    /// <summary>Kind of compute layer: vulkan, rocm, cuda, metal, cpu or custom. Where it is not given: the id, if it is one of these words, else custom.</summary>
    [Parameter]
    [OneOf(ClosedSets.Type)]
    [ArgumentCompleter(typeof(WordCompleter))]
    public string? Type { get; set; }

    /// <summary>Hosts that it may run on: any (the default), or ids.</summary>
    [Parameter]
    [PolicyOf(EntryKinds.Host, "HostFilter")]
    [ArgumentCompleter(typeof(HostPolicyCompleter))]
    public string[]? HostFilter { get; set; }

    /// <summary>Command template that switches the host to this backend.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? ApplyCommand { get; set; }

    /// <summary>Command template that tells whether the backend works: exit code 0. It runs on every select.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? VerifyCommand { get; set; }

    /// <summary>Command template that undoes the apply command.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(TemplateVariableCompleter))]
    public string? RollbackCommand { get; set; }

    /// <summary>Variables that {backend_env} sets in commands. A value may be a reference to a secret: secret://[vault/]name or env:NAME.</summary>
    [Parameter]
    public IDictionary? Environment { get; set; }

    /// <summary>Arguments that {backend_args} stands for.</summary>
    [Parameter]
    public string[]? Argument { get; set; }

    private protected override EntryKind<RuntimeBackend> Kind => BackendKind.Instance;
}
