using System.Globalization;

namespace IdleHands.Configuration.Json;

/// <summary>How values of one type are read and written.</summary>
internal sealed class JsonKind<TValue>(JsonKind<TValue>.Reader read, Action<JsonText, TValue> write)
{
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
        static (ref JsonCursor cursor, string key) => cursor.ReadText(key),
        static (output, value) => output.AppendString(value));

    public static JsonKind<Secret> Secret { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadSecret(key),
        static (output, value) => output.AppendString(value.Reveal()));

    public static JsonKind<int?> Whole { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadWhole(key),
        static (output, value) => output.AppendRaw(value!.Value.ToString(CultureInfo.InvariantCulture)));

    public static JsonKind<double?> Number { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadNumber(key),
        static (output, value) => output.AppendNumber(value!.Value));

    public static JsonKind<bool?> Flag { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadFlag(key),
        static (output, value) => output.AppendRaw(value!.Value ? "true" : "false"));

    public static JsonKind<NameList> Names { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadNames(key),
        static (output, value) => output.AppendList(value));

    public static JsonKind<IdPolicy> Policy { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadPolicy(key),
        static (output, value) => _ = value.IsAny ? output.AppendString(IdPolicy.AnyWord) : output.AppendList(value));

    public static JsonKind<EnvironmentMap> Map { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadMap(key),
        static (output, value) => output.AppendMap(value));

    public static JsonKind<SplitPolicy> Split { get; } = new(
        static (ref JsonCursor cursor, string key) => cursor.ReadSplit(key),
        static (output, value) => output.AppendRaw(value.Json));
}
