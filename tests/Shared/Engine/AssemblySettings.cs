using Xunit.Sdk;
using Xunit.v3;

// Sessions name their directories in the environment of the process, so there is one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]
