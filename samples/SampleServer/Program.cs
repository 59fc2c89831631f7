namespace IdleHands.Samples.SampleServer;

internal static class Program
{
    private static int Main(string[] args)
    {
        ServerOptions options;
        try
        {
            options = ServerOptions.Parse(args);
        }
        catch (OptionException exception)
        {
            Log.Line(exception.Message);
            return 1;
        }

        if (options.Help)
        {
            Console.Out.Write(HelpText.Text);
            return 0;
        }

        using var lifecycle = new Lifecycle(options.Lifetime, options.IgnoreTerm);
        return new ModelServer(options, lifecycle).Run();
    }
}
