using System.Globalization;

namespace IdleHands.Configuration.Json;

/// <summary>What a value is made of in a file.</summary>
internal enum ValueShape
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Whole,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>The word "any", or a list of ids.</summary>
    Policy,

    /// <summary>An object of texts.</summary>
    Map,

    /// <summary>An object that belongs to whoever wrote it, but for its list "hosts".</summary>
    Split,

    /// <summary>An object of further keys that are known.</summary>
    Group,
}

/// <summary>How values of one type are read and written.</summary>
internal sealed class JsonKind<TValue>(ValueShape shape, JsonKind<TValue>.Reader read, Action<JsonText, TValue> write)
{
    /// <summary>What the values are made of.</summary>
    public ValueShape Shape { get; } = shape;

    /// <summary>Reads the value behind the current key; null (default) for null and for what doesn't fit, which is noted.</summary>
    public delegate TValue? Reader(ref JsonCursor cursor, string key);

    /// <summary>Reads a value.</summary>
    public Reader Read { get; } = read;

    /// <summary>Writes a value.</summary>
    public Action<JsonText, TValue> Write { get; } = write;
}

/// <summary>The kinds of values in a configuration file.</summary>
internal static class JsonKind
{
    public static JsonKind<string> Text { get; } = new(
        ValueShape.Text,
        static (ref JsonCursor cursor, string key) => cursor.ReadText(key),
        static (output, value) => output.AppendString(value));

    public static JsonKind<Secret> Secret { get; } = new(
        ValueShape.Text,
        static (ref JsonCursor cursor, string key) => cursor.ReadSecret(key),
        static (output, value) => output.AppendString(value.Reveal()));

    public static JsonKind<int?> Whole { get; } = new(
        ValueShape.Whole,
        static (ref JsonCursor cursor, string key) => cursor.ReadWhole(key),
        static (output, value) => output.AppendRaw(value!.Value.ToString(CultureInfo.InvariantCulture)));

    public static JsonKind<double?> Number { get; } = new(
        ValueShape.Number,
        static (ref JsonCursor cursor, string key) => cursor.ReadNumber(key),
        static (output, value) => output.AppendNumber(value!.Value));

    public static JsonKind<bool?> Flag { get; } = new(
        ValueShape.Flag,
        static (ref JsonCursor cursor, string key) => cursor.ReadFlag(key),
        static (output, value) => output.AppendRaw(value!.Value ? "true" : "false"));

    public static JsonKind<NameList> Names { get; } = new(
        ValueShape.Texts,
        static (ref JsonCursor cursor, string key) => cursor.ReadNames(key),
        static (output, value) => output.AppendList(value));

    public static JsonKind<IdPolicy> Policy { get; } = new(
        ValueShape.Policy,
        static (ref JsonCursor cursor, string key) => cursor.ReadPolicy(key),
        static (output, value) => _ = value.IsAny ? output.AppendString(IdPolicy.AnyWord) : output.AppendList(value));

    public static JsonKind<EnvironmentMap> Map { get; } = new(
        ValueShape.Map,
        static (ref JsonCursor cursor, string key) => cursor.ReadMap(key),
        static (output, value) => output.AppendMap(value));

    public static JsonKind<SplitPolicy> Split { get; } = new(
        ValueShape.Split,
        static (ref JsonCursor cursor, string key) => cursor.ReadSplit(key),
        static (output, value) => output.AppendRaw(value.Json));
}
