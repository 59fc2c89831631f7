using System.Text;
using System.Text.Json.Nodes;

namespace IdleHands.Configuration.Json;

/// <summary>What can be said of a key without knowing the type of its entry.</summary>
internal abstract class FieldDefinition(string key, ValueShape shape)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The key as it stands in a file.</summary>
    public byte[] Utf8Key { get; } = Encoding.UTF8.GetBytes(key);

    /// <summary>The key with that of the object around it: <c>launch.start_cmd</c>.</summary>
    public string Path { get; private set; } = key;

    /// <summary>What the value is made of.</summary>
    public ValueShape Shape { get; } = shape;

    /// <summary>True when the reader itself misses it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>True when an entry without it breaks a rule.</summary>
    public abstract bool MustBeSet { get; }

    /// <summary>True when null stands for no value.</summary>
    public virtual bool AcceptsNull => !MustBeSet;

    /// <summary>The keys of the object that it holds; null where it holds a value.</summary>
    public virtual FieldDefinitions? Group => null;

    /// <summary>Adds the rules of the value to a JSON Schema.</summary>
    public virtual void Describe(JsonObject schema)
    {
    }

    /// <summary>The key stands in an object of the entry.</summary>
    internal void SetGroup(string group) => Path = $"{group}.{Key}";
}

/// <summary>What can be said of the keys of an object without knowing the type of its entry.</summary>
internal abstract class FieldDefinitions
{
    /// <summary>All of them, in the order in which they are written.</summary>
    public abstract IReadOnlyList<FieldDefinition> All { get; }

    /// <summary>How further keys end that hold a text; null where there are none.</summary>
    public string? OtherKeySuffix { get; init; }

    /// <summary>What stands before a key in a path.</summary>
    protected string Prefix { get; set; } = string.Empty;

    /// <summary>The definition of a key; null where it is unknown.</summary>
    public FieldDefinition? Find(string key)
    {
        foreach (FieldDefinition field in All)
        {
            if (field.Key == key)
            {
                return field;
            }
        }

        return null;
    }
}
