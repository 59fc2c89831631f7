using System.Runtime.InteropServices;
using IdleHands.Benchmarks.Claims;

namespace IdleHands.Benchmarks;

internal static class Program
{
    private static readonly IClaim[] Claims = [new ImportClaim(), new PlanClaim(), new ScanClaim(), new FleetClaim(), new AddClaim(), new GgufClaim(), new CompleteClaim(), new ApplyClaim()];

    private static async Task<int> Main(string[] args)
    {
        // The engine reports its use to Microsoft unless this is set; a measurement shouldn't, nor pay for it.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        if (args is [ImportClaim.WorkerArgument, var manifest])
        {
            ImportClaim.Work(manifest);
            return 0;
        }

        Arguments arguments;
        try
        {
            arguments = Arguments.Parse(args, [.. Claims.Select(claim => claim.Name)]);
        }
        catch (ArgumentException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }

        if (arguments.ShowHelp)
        {
            Console.Out.Write(Arguments.Help);
            return 0;
        }

        return await RunAsync(arguments) || !arguments.Check ? 0 : 1;
    }

    private static async Task<bool> RunAsync(Arguments arguments)
    {
        Console.Out.WriteLine(
            $"{Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {BuiltFiles.BuildConfiguration} build");
        Console.Out.WriteLine();
        if (BuiltFiles.BuildConfiguration != "Release")
        {
            Console.Error.WriteLine("This is no Release build: its figures mean nothing.");
        }

        var comparisons = new List<Comparison>();
        foreach (IClaim claim in Claims.Where(claim => arguments.Filter.Count == 0 || arguments.Filter.Contains(claim.Name)))
        {
            Console.Error.WriteLine($"measuring {claim.Name} …");
            comparisons.AddRange(await claim.MeasureAsync(arguments.Quick));
        }

        ResultTable.Write(Console.Out, comparisons);
        return comparisons.TrueForAll(comparison => comparison.Holds);
    }
}
