using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace IdleHands;

/// <summary>
/// A set of TCP ports. Enumerates them in ascending order, each once, and prints them as short as it can:
/// <c>8000-8100,9000</c>.
/// </summary>
public sealed class PortSet : IReadOnlyCollection<int>, IEquatable<PortSet>
{
    private const int Lowest = 1;
    private const int Highest = 65535;
    private static readonly char[] WhiteSpace = [' ', '\t', '\r', '\n'];
    private readonly int[] _ports;

    private PortSet(IEnumerable<int> ports) => _ports = ports.Distinct().Order().ToArray();

    /// <summary>No port.</summary>
    public static PortSet Empty { get; } = new([]);

    /// <summary>Where servers are looked for when nothing else is said: 8080 to 8090.</summary>
    public static PortSet Default { get; } = new(Enumerable.Range(8080, 11));

    /// <inheritdoc />
    public int Count => _ports.Length;

    /// <summary>A set of these ports.</summary>
    /// <exception cref="IdleHandsException">A number is not a port (<c>InvalidPortSet</c>).</exception>
    public static PortSet Of(IEnumerable<int> ports)
    {
        int[] all = ports.ToArray();
        foreach (int port in all)
        {
            if (port is < Lowest or > Highest)
            {
                throw Invalid(port.ToString(CultureInfo.InvariantCulture), OutOfBounds);
            }
        }

        return new PortSet(all);
    }

    /// <summary>
    /// Reads ports and ranges separated by commas or spaces: <c>8000-8100</c>, <c>8080,8081,9000</c>, or both mixed.
    /// </summary>
    /// <exception cref="IdleHandsException">A piece is not a port or a range (<c>InvalidPortSet</c>, naming the piece).</exception>
    public static PortSet Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out PortSet? ports, out IdleHandsException? error) ? ports : throw error;
    }

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PortSet? ports) =>
        TryParse(text ?? string.Empty, out ports, out _);

    /// <summary>The ports of both.</summary>
    public PortSet Union(PortSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new PortSet(_ports.Concat(other._ports));
    }

    /// <summary>True when the port is in the set.</summary>
    public bool Contains(int port) => Array.BinarySearch(_ports, port) >= 0;

    /// <inheritdoc />
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_ports).GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc />
    public bool Equals(PortSet? other) => other is not null && _ports.AsSpan().SequenceEqual(other._ports);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as PortSet);

    /// <inheritdoc />
    public override int GetHashCode() => _ports.Length == 0 ? 0 : HashCode.Combine(_ports.Length, _ports[0], _ports[^1]);

    /// <inheritdoc />
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int first = 0, last; first < _ports.Length; first = last + 1)
        {
            last = first;
            while (last + 1 < _ports.Length && _ports[last + 1] == _ports[last] + 1)
            {
                last++;
            }

            text.Append(text.Length == 0 ? string.Empty : ",").Append(CultureInfo.InvariantCulture, $"{_ports[first]}");
            if (last > first)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{_ports[last]}");
            }
        }

        return text.ToString();
    }

    private static bool TryParse(
        string text, [NotNullWhen(true)] out PortSet? ports, [NotNullWhen(false)] out IdleHandsException? error)
    {
        var all = new List<int>();
        foreach (string piece in text.Split(',').SelectMany(SplitAtSpaces))
        {
            if (Problem(piece, all) is { } problem)
            {
                ports = null;
                error = Invalid(piece, problem);
                return false;
            }
        }

        ports = new PortSet(all);
        error = null;
        return true;
    }

    /// <summary>"8080 8081" is two pieces, "8000 - 8100" is one, and nothing between two commas is an empty one.</summary>
    private static IEnumerable<string> SplitAtSpaces(string piece)
    {
        string[] words = piece.Split(WhiteSpace, StringSplitOptions.RemoveEmptyEntries);
        var pieces = new List<string>();
        foreach (string word in words)
        {
            bool continues = pieces.Count > 0 && (word.StartsWith('-') || pieces[^1].EndsWith('-'));
            if (continues)
            {
                pieces[^1] += word;
            }
            else
            {
                pieces.Add(word);
            }
        }

        return pieces.Count == 0 ? [string.Empty] : pieces;
    }

    private static string OutOfBounds => $"a port is a number from {Lowest} to {Highest}";

    /// <summary>Adds the ports of a piece, or tells what is wrong with it.</summary>
    private static string? Problem(string piece, List<int> ports)
    {
        if (piece.Length == 0)
        {
            return "a port or a range like 8000-8100 is missing";
        }

        string[] ends = piece.Split('-');
        if (ends.Length > 2 || !ends.All(end => end.Length > 0 && end.All(char.IsAsciiDigit)))
        {
            return "write a port like 8080 or a range like 8000-8100";
        }

        if (!TryReadPort(ends[0], out int first) || !TryReadPort(ends[^1], out int last))
        {
            return OutOfBounds;
        }

        if (first > last)
        {
            return $"the range is reversed; write {last}-{first}";
        }

        ports.AddRange(Enumerable.Range(first, last - first + 1));
        return null;
    }

    private static bool TryReadPort(string digits, out int port) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= Lowest and <= Highest;

    private static IdleHandsException Invalid(string piece, string rule) => new(
        "InvalidPortSet",
        FailureKind.InvalidArgument,
        $"'{piece}' can't be used as ports: {rule}.",
        "Give ports and ranges separated by commas, e.g. Test-IHHealth -ScanPorts 8000-8100,9000.",
        piece);
}
