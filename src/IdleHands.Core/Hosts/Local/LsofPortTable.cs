using System.Diagnostics;
using System.Globalization;

namespace IdleHands.Hosts.Local;

/// <summary>Asks <c>lsof</c> who listens on a port, where there is no <c>/proc</c>.</summary>
internal static class LsofPortTable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Who listens; an unnamed holder where lsof can't tell but the port is taken.</summary>
    public static IReadOnlyList<PortHolder> FindHolders(int port)
    {
        bool isTaken = System.Net.NetworkInformation.IPGlobalProperties.GetIPGlobalProperties()
            .GetActiveTcpListeners()
            .Any(endpoint => endpoint.Port == port);
        if (!isTaken)
        {
            return [];
        }

        var holders = Parse(RunLsof(port), port);
        return holders.Count > 0 ? holders : [new PortHolder(port, null, null)];
    }

    /// <summary>Reads the output of <c>lsof -F pc</c>: a line <c>pPID</c>, then a line <c>cNAME</c>.</summary>
    internal static IReadOnlyList<PortHolder> Parse(string output, int port)
    {
        var holders = new List<PortHolder>();
        int? processId = null;
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line[0] == 'p' && int.TryParse(line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                processId = id;
            }
            else if (line[0] == 'c' && processId is not null)
            {
                holders.Add(new PortHolder(port, processId, line[1..]));
                processId = null;
            }
        }

        return holders;
    }

    private static string RunLsof(int port)
    {
        var start = new ProcessStartInfo("lsof", ["-nP", $"-iTCP:{port}", "-sTCP:LISTEN", "-F", "pc"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(Limit))
            {
                process.Kill();
            }

            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty; // No lsof: the port is taken, by somebody we can't name.
        }
    }
}
