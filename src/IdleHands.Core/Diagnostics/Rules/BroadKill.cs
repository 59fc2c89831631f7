using System.Text.RegularExpressions;

namespace IdleHands.Diagnostics;

/// <summary>Finds the part of a command that ends processes by a name alone. One that names the model or its port is left in peace.</summary>
internal static partial class BroadKill
{
    private static readonly string[] OwnNames = ["{port}", "{model_id}", "{source}"];

    /// <summary>That part; null where there is none.</summary>
    public static string? Find(string command) => Part().Split(command)
        .Select(part => part.Trim())
        .FirstOrDefault(part => !OwnNames.Any(name => part.Contains(name, StringComparison.Ordinal))
            && (ByName().IsMatch(part) || ByLookup().IsMatch(part) || AllContainers().IsMatch(part)));

    [GeneratedRegex(@"&&|\|\||;|\n|(?<![&>])&(?![&>])", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    /// <summary>pkill NAME, killall NAME, taskkill /IM NAME, Stop-Process -Name NAME. A look alone (<c>pkill -0</c>, <c>killall -l</c>) ends nothing, and one by number (<c>pkill -F file.pid</c>) nobody else.</summary>
    [GeneratedRegex(@"(?<![\w.-])(?:(?:pkill|killall5?|skill)(?:\.exe)?\s+(?-i:(?!.*(?<!\S)(?:-0|-l|--list|-V|--version|--help|-F|--pidfile|-P|--parent|-g|--pgroup|-s|--session)(?:[\s=]|$))).*|taskkill(?:\.exe)?\s.*/im\s.*|Stop-Process\s+(?:.*\s)?-(?:Name|ProcessName)\s.*|Get-Process\s.*\|\s*Stop-Process.*)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ByName();

    /// <summary>kill $(pgrep NAME), pidof NAME | xargs kill, ps aux | grep NAME | xargs kill, kill -9 -1.</summary>
    [GeneratedRegex(@"(?<![\w.-])(?:kill\s.*[$`]\(?.*(?:pgrep|pidof)\s|(?:pgrep|pidof|ps)\s.*\|\s*xargs\s.*kill|kill\s+-\S+\s+(?:--\s+)?-1(?!\S))", RegexOptions.CultureInvariant)]
    private static partial Regex ByLookup();

    /// <summary>docker stop $(docker ps -q), docker ps -q | xargs docker stop.</summary>
    [GeneratedRegex(@"(?<![\w.-])(?:(?:docker|podman)\s+(?:stop|kill|rm)\s.*[$`]\(?\s*(?:docker|podman)\s+(?:ps|container ls)(?!.*--filter)(?!.*\s-f\s)|(?:docker|podman)\s+(?:ps|container ls)(?!.*--filter)(?!.*\s-f\s).*\|\s*xargs\s.*(?:docker|podman)\s+(?:stop|kill|rm))", RegexOptions.CultureInvariant)]
    private static partial Regex AllContainers();
}
