using System.Security;

namespace IdleHands;

/// <summary>
/// A secret of the configuration: a reference to where it is kept (<c>env:NAME</c>, <c>secret://[vault/]name</c>), or
/// a value in clear as the original CLI writes it. It never prints its value: it shows its reference, or <c>***</c>.
/// </summary>
public sealed class Secret : IEquatable<Secret>
{
    private readonly string _text;

    /// <summary>Wraps the text of a configuration value: a reference, or a value in clear.</summary>
    public Secret(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        _text = text;
    }

    /// <summary>The reference; null where the configuration holds the value itself.</summary>
    public string? Reference => IsReference(_text) ? _text : null;

    /// <summary>The value, until the vault keeps it that the reference means; null otherwise.</summary>
    internal SecureString? Unkept { get; private init; }

    /// <summary>True when a text refers to a secret kept elsewhere.</summary>
    public static bool IsReference(string text) => SecretReference.IsMeant(text);

    /// <summary>A secret of the default vault that is yet to be kept there.</summary>
    internal static Secret ToBeKept(string name, SecureString value) => new(SecretReference.ToDefaultVault(name)) { Unkept = value };

    /// <summary>The same secret once the vault keeps it.</summary>
    internal Secret AsKept() => new(_text);

    /// <summary>What stands in the configuration file. Never show it.</summary>
    internal string Reveal() => _text;

    /// <inheritdoc />
    public bool Equals(Secret? other) => other is not null && other._text == _text && other.Unkept == Unkept;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc />
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The reference, or <c>***</c>.</summary>
    public override string ToString() => Reference ?? "***";
}
