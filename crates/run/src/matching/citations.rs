//! What to cite for a match.

use super::options::Problem;

const EXACT: &str = "@article{bertsekas1988auction,
  author = {Bertsekas, Dimitri P.},
  title = {The auction algorithm: A distributed relaxation method for the assignment problem},
  journal = {Annals of Operations Research},
  volume = {14},
  pages = {105--123},
  year = {1988}
}";

const ENTROPIC: &str = "@inproceedings{cuturi2013sinkhorn,
  author = {Cuturi, Marco},
  title = {Sinkhorn Distances: Lightspeed Computation of Optimal Transport},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {26},
  year = {2013}
}";

const UNBALANCED: &str = "@article{chizat2018scaling,
  author = {Chizat, Lenaic and Peyr{\\'e}, Gabriel and Schmitzer, Bernhard and Vialard, Fran{\\c{c}}ois-Xavier},
  title = {Scaling algorithms for unbalanced optimal transport problems},
  journal = {Mathematics of Computation},
  volume = {87},
  pages = {2563--2609},
  year = {2018}
}";

const PARTIAL: &str = "@inproceedings{chapel2020partial,
  author = {Chapel, Laetitia and Alaya, Mokhtar Z. and Gasso, Gilles},
  title = {Partial Optimal Transport with Applications on Positive-Unlabeled Learning},
  booktitle = {Advances in Neural Information Processing Systems},
  volume = {33},
  year = {2020}
}";

/// BibTeX entries of the works that a problem goes back to.
pub(super) fn of(problem: Problem) -> Vec<String> {
    let entries: &[&str] = match problem {
        Problem::Exact => &[EXACT],
        Problem::Entropic => &[ENTROPIC],
        Problem::Unbalanced => &[ENTROPIC, UNBALANCED],
        Problem::Partial => &[PARTIAL],
    };
    entries.iter().map(|e| (*e).to_owned()).collect()
}
