namespace IdleHands.Templates;

/// <summary>What the variables of a command template stand for.</summary>
public sealed record TemplateValues
{
    /// <summary><c>{source}</c>.</summary>
    public required string Source { get; init; }

    /// <summary><c>{port}</c>.</summary>
    public required int Port { get; init; }

    /// <summary><c>{host}</c>: the connection's host for ssh, 127.0.0.1 otherwise.</summary>
    public required string Host { get; init; }

    /// <summary><c>{model_id}</c>.</summary>
    public required string ModelId { get; init; }

    /// <summary><c>{host_id}</c>.</summary>
    public required string HostId { get; init; }

    /// <summary><c>{backend_id}</c>; null renders as an empty argument.</summary>
    public string? BackendId { get; init; }

    /// <summary><c>{backend_env}</c>; variables whose value is a secret reference are left out of the text.</summary>
    public EnvironmentMap BackendEnvironment { get; init; } = EnvironmentMap.Empty;

    /// <summary><c>{backend_args}</c>.</summary>
    public NameList BackendArguments { get; init; } = NameList.Empty;

    /// <summary>Feeds <c>{chat_template_args}</c>: <c>--chat-template name</c> or <c>--chat-template-file path</c>; null renders as nothing.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary><c>{context_window}</c>; null where the model sets none, and then an error where a template asks for it.</summary>
    public int? ContextWindow { get; init; }

    /// <summary><c>{max_tokens}</c>; null where the model sets none, and then an error where a template asks for it.</summary>
    public int? MaxTokens { get; init; }
}
